import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { JSON_MAX_BYTES, parseJson } from "../../src/codec/json.ts";
import { failureOf } from "../failure.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, limits = {}): unknown =>
  parseJson(bytes(text), createBudget(limits), "The header");

describe("parseJson", () => {
  it("gives what JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 2, "\t"), (text, space) => {
        const plain = JSON.parse(text) as unknown;
        expect(parse(JSON.stringify(plain, null, space))).toEqual(plain);
      }),
    );
  });

  it("tells keys from values and strings from structure", () => {
    const text = '{"a": "a", "b{": ["a", "a", {"a": "}\\\\"}], "c\\"": {"b{": ":"}}';
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a": 1, "b": 2, "a": 3}', '"a" twice'],
    ['[{"x": {"k": 1, "k": 1}}]', '"k" twice'],
    ['{"a": 1, "\\u0061": 3}', '"a" twice'],
    ['{"__proto__": 1, "__proto__" : 2}', "__proto__"],
  ])("refuses a key twice: %s", async (text, mention) => {
    await failureOf(() => parse(text), "ambiguous", mention);
  });

  it("allows the same key in different objects", () => {
    expect(parse('{"a": {"a": 1}, "b": {"a": 2}}')).toEqual({ a: { a: 1 }, b: { a: 2 } });
  });

  it.each(["", "{", '{"a"', '{"a": 1,}', "]", "nul", '{"\\x": 1}', '{"a": "\\', "\ufeff{}", '{"a":"\n"}'])(
    "refuses what is no JSON: %j",
    async (text) => {
      await failureOf(() => parse(text), "malformed");
    },
  );

  it("refuses bytes that are no UTF-8", async () => {
    await failureOf(
      () => parseJson(Uint8Array.of(0x22, 0xff, 0x22), createBudget(), "The header"),
      "malformed",
      "UTF-8",
    );
  });

  it("does not touch prototypes", () => {
    const parsed = parse('{"__proto__": {"polluted": true}}') as object;
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.hasOwn(parsed, "__proto__")).toBe(true);
  });

  it("has a limit for nesting, values and bytes, each at n and n + 1", async () => {
    expect(parse(`${"[".repeat(5)}${"]".repeat(5)}`, { depth: 5 })).toBeDefined();
    await failureOf(() => parse(`${"[".repeat(6)}${"]".repeat(6)}`, { depth: 5 }), "limit", "5 levels");
    await failureOf(() => parse("[".repeat(1_000_000)), "limit");
    expect(parse(`[${"0,".repeat(8)}0]`, { objects: 9 })).toHaveLength(9);
    await failureOf(() => parse(`[${"0,".repeat(9)}0]`, { objects: 9 }), "limit");
    const long = (length: number): Uint8Array => bytes(`"${"a".repeat(length - 2)}"`);
    expect(parseJson(long(JSON_MAX_BYTES), createBudget(), "The header")).toHaveLength(JSON_MAX_BYTES - 2);
    await failureOf(
      () => parseJson(long(JSON_MAX_BYTES + 1), createBudget(), "The header"),
      "limit",
      String(JSON_MAX_BYTES),
    );
  });

  it("is not slowed down by backslashes and colons", () => {
    const text = JSON.stringify({ a: "\\".repeat(300_000), b: Array(100_000).fill('\\":') });
    const start = performance.now();
    parse(text);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
