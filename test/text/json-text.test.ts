import { expect, test } from "vitest";
import { jsonText } from "../../src/text/json-text.ts";

test("JSON text says the same as the value and shows no control, bidirectional or invisible character", () => {
  const value = {
    "a\u202e": ["\u0000\u001b[31m\u007f\u009b", "\u{e0041}\u2028\u200b", "é 漢字 👩", "\ud800"],
    n: -0.5,
  };
  const text = jsonText(value, 2);
  expect(JSON.parse(text)).toEqual(value);
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(text).toContain("é 漢字 👩");
});
