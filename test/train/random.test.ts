import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Random } from "../../src/train/random.ts";

interface Case {
  readonly seed: number;
  readonly rand: readonly number[];
  readonly randint: readonly number[];
  readonly randintWide: readonly number[];
  readonly shuffle: readonly number[];
  readonly permutation: readonly number[];
  readonly uniform: readonly number[];
  readonly normal: readonly number[];
}

const cases = JSON.parse(
  readFileSync(new URL("../fixtures/train/random.json", import.meta.url), "utf8"),
) as Case[];
const times = <T>(n: number, draw: () => T): T[] => Array.from({ length: n }, draw);

test.each(cases)("equals NumPy's RandomState($seed)", (expected) => {
  const random = new Random(expected.seed);
  expect(times(1000, () => random.next()).filter((_, i) => i % 111 === 0)).toEqual(expected.rand);
  expect(times(20, () => random.integer(0, 17))).toEqual(expected.randint);
  expect(times(5, () => random.integer(-5, 2 ** 32 - 6))).toEqual(expected.randintWide);
  expect(random.shuffle(times(50, () => 0).map((_, i) => i))).toEqual(expected.shuffle);
  expect([...random.permutation(1360).subarray(0, 20)]).toEqual(expected.permutation);
  expect(times(5, () => random.uniform(-0.05, 0.05))).toEqual(expected.uniform);
  times(7, () => random.normal()).forEach((value, i) => {
    expect(Math.abs(value / expected.normal[i]! - 1)).toBeLessThan(1e-15);
  });
});

test("goes on from a saved state as if it had never stopped", () => {
  const random = new Random(3);
  times(700, () => random.next());
  random.normal();
  const copy = Random.from(structuredClone(random.state()));
  expect(times(9, () => copy.normal())).toEqual(times(9, () => random.normal()));
  expect(copy.permutation(30)).toEqual(random.permutation(30));
});
