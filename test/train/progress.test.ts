import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createProgressBar, type KerasEra } from "../../src/train/progress.ts";
import { formatExponential, formatFixed } from "../../src/train/python-format.ts";

interface Case {
  readonly target: number;
  readonly updates: readonly (readonly [current: number, at: number, values: [string, number][]])[];
  readonly texts: readonly {
    readonly era: KerasEra;
    readonly verbose: 1 | 2;
    readonly terminal: boolean;
    readonly text: string;
  }[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../fixtures/progress/bars.json", import.meta.url), "utf8"),
);

describe("a progress bar equals Keras's own, character for character", () => {
  const each = cases.flatMap(({ texts, ...rest }) => texts.map((text) => ({ ...rest, ...text })));
  for (const { era, target, verbose, terminal, updates, text } of each) {
    test(`era ${era}, target ${target}, verbose ${verbose}${terminal ? "" : ", no terminal"}`, () => {
      let clock = 1_000_000;
      const bar = createProgressBar({ era, target, verbose, terminal, now: () => clock });
      let written = "";
      for (const [current, at, values] of updates) {
        clock = 1_000_000 + at;
        written += bar.update(current, values);
      }
      expect(written).toBe(text);
    });
  }
});

test("colour escapes are left out on request and the rest stays", () => {
  const bar = createProgressBar({ era: "3", target: 2, color: false, now: () => 0 });
  expect(bar.update(1, [["loss", 1]])).toBe("\r1/2 ━━━━━━━━━━━━━━━━━━━━ 0s 0s/step - loss: 1.0000");
});

test("numbers round as Python's % operator rounds", () => {
  expect([0.5, 1.5, 2.5, -0.5].map((value) => formatFixed(value, 0))).toEqual(["0", "2", "2", "-0"]);
  expect(formatFixed(0.03125, 4)).toBe("0.0312");
  expect(formatFixed(0.09375, 4)).toBe("0.0938");
  expect(formatExponential(0.0004, 4)).toBe("4.0000e-04");
  expect(formatFixed(Number.NaN, 4)).toBe("nan");
});
