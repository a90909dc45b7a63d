import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erf, exp, expm1, log, log1p, sigmoid, softplus, tanh } from "../../../src/train/engine/math.ts";

const relative = (found: number, expected: number): number =>
  found === expected ? 0 : Math.abs(found - expected) / Math.abs(expected);
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

describe("functions without the platform's", () => {
  test.each<[string, (x: number) => number, (x: number) => number, number, number, number]>([
    ["exp", exp, Math.exp, -700, 700, 3e-16],
    ["log", log, Math.log, 1e-300, 1e300, 3e-16],
    ["expm1", expm1, Math.expm1, -5, 5, 1e-10],
    ["expm1 near zero", expm1, Math.expm1, -1e-4, 1e-4, 1e-10],
    ["log1p", log1p, Math.log1p, -0.5, 1e6, 1e-15],
    ["tanh", tanh, Math.tanh, -20, 20, 1e-11],
    ["tanh near zero", tanh, Math.tanh, -1e-3, 1e-3, 1e-11],
  ])("%s", (_, own, theirs, low, high, tolerance) => {
    fc.assert(
      fc.property(between(low, high), (x) => relative(own(x), theirs(x)) <= tolerance),
      { numRuns: 2000 },
    );
  });

  test.each([
    [0, 0],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [-1.5, -0.9661051464753108],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [7, 1],
  ])("erf(%f)", (x, expected) => expect(Math.abs(erf(x) - expected)).toBeLessThan(3e-16));

  test("edges", () => {
    expect([exp(Number.NEGATIVE_INFINITY), exp(Number.POSITIVE_INFINITY), exp(Number.NaN), exp(0)]).toEqual([
      0,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      1,
    ]);
    expect([log(0), log(-1), log(Number.POSITIVE_INFINITY), log(1)]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      0,
    ]);
    expect(relative(exp(-740), Math.exp(-740))).toBeLessThan(1e-10);
    expect(log(5e-324)).toBe(Math.log(5e-324));
    expect([sigmoid(-800), sigmoid(800), sigmoid(0), tanh(800), tanh(-800), tanh(0)]).toEqual([
      0, 1, 0.5, 1, -1, 0,
    ]);
    expect([softplus(800), softplus(-800)]).toEqual([800, 0]);
    expect(relative(softplus(-30), Math.log1p(Math.exp(-30)))).toBeLessThan(1e-15);
  });
});
