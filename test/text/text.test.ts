import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText, shorten } from "../../src/text/escape.ts";
import { globMatcher, isGlob } from "../../src/text/glob.ts";
import { editDistance, nearestNames } from "../../src/text/nearest.ts";

describe("escapeText", () => {
  it.each([
    ["conv1", "conv1"],
    ["größe/卷积/свёртка 😀", "größe/卷积/свёртка 😀"],
    ["a\nb\tc\r", "a\\nb\\tc\\r"],
    ["\u001b[31mred", "\\x1b[31mred"],
    ["\u009b31m", "\\x9b31m"],
    ["a\u202etxt.exe", "a\\u202etxt.exe"],
    ["\u2066\u2069\u200b\ufeff", "\\u2066\\u2069\\u200b\\ufeff"],
    ["\ud800", "\\ud800"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\u0000", "\\x00"],
  ])("shows %j as %j", (text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });

  it("leaves nothing that a terminal obeys, in any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      }),
    );
  });
});

describe("shorten", () => {
  it("keeps both ends and the length", () => {
    expect(shorten("conv", 4)).toBe("conv");
    expect(shorten("abcdefgh", 5)).toBe("ab…gh");
    expect([...shorten("😀".repeat(100), 7)]).toHaveLength(7);
    expect(escapeText(shorten("😀".repeat(100), 7))).toBe("😀😀😀…😀😀😀");
  });
});

describe("globMatcher", () => {
  it.each([
    ["*", "", true],
    ["*", "a/b.c", true],
    ["conv*", "conv3d_12", true],
    ["conv*", "deconv", false],
    ["*conv", "deconv", true],
    ["conv?", "conv1", true],
    ["conv?", "conv12", false],
    ["conv[12]", "conv2", true],
    ["conv[!12]", "conv2", false],
    ["conv[^12]", "conv3", true],
    ["conv[0-9][0-9]", "conv42", true],
    ["conv[a", "conv[a", true],
    ["a[]]b", "a]b", true],
    ["a*b*c", "aXbXbXc", true],
    ["a*b*c", "aXbXbX", false],
    ["**", "anything", true],
    ["?", "😀", true],
    ["a.b", "aXb", false],
  ])("%s on %s is %s", (pattern, name, matches) => {
    expect(globMatcher(pattern)(name)).toBe(matches);
  });

  it("agrees with a regular expression on short names", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    fc.assert(
      fc.property(letters, name, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll("?", ".").replaceAll("*", ".*")}$`);
        expect(globMatcher(pattern)(text)).toBe(expression.test(text));
      }),
    );
  });

  it("stays fast on a pattern that makes backtracking explode", () => {
    const started = performance.now();
    expect(globMatcher(`${"*a".repeat(2000)}*b`)("a".repeat(4000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("knows what is a glob", () => {
    expect(["conv1", "a*", "a?", "a[1]"].map(isGlob)).toEqual([false, true, true, true]);
  });
});

describe("nearestNames", () => {
  const names = ["conv3d_10", "conv3d_11", "conv3d_12", "dense_1", "block1.0.conv1"];

  it.each([
    ["conv3d_1", ["conv3d_10", "conv3d_11", "conv3d_12"]],
    ["cnov3d_12", ["conv3d_12", "conv3d_10", "conv3d_11"]],
    ["Conv3D_12", ["conv3d_12", "conv3d_10", "conv3d_11"]],
    ["conv1", ["block1.0.conv1"]],
    ["dens_1", ["dense_1"]],
    ["zzzzzzzz", []],
    ["", []],
  ])("offers for %j: %j", (word, near) => {
    expect(nearestNames(word, names)).toEqual(near);
  });

  it("is cheap for names of a megabyte", () => {
    const long = Array.from({ length: 200 }, (_, index) => `${index}${"x".repeat(1 << 20)}`);
    const started = performance.now();
    nearestNames("y".repeat(1 << 20), long);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("counts edits", () => {
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("ab", "ba")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
  });
});
