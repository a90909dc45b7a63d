import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinAxes, permute, rowMajorStrides } from "../../src/tensor/axes.ts";

/** The definition, one value at a time. */
function slowly(stored: Float32Array, axes: readonly { extent: number; stride: number }[]): number[] {
  let at: number[] = [0];
  for (const { extent, stride } of axes)
    at = at.flatMap((offset) => Array.from({ length: extent }, (_, i) => offset + i * stride));
  return at.map((offset) => stored[offset]!);
}

describe("permute", () => {
  it("is the definition for every permutation of any shape", () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });
    const small = shapes.filter((shape) => shape.reduce((product, extent) => product * extent, 1) < 20_000);
    fc.assert(
      fc.property(small, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (shape, keys) => {
        const strides = rowMajorStrides(shape);
        const axes = shape.map((extent, i) => ({ extent, stride: strides[i]!, key: keys[i]! }));
        axes.sort((a, b) => a.key - b.key);
        const count = shape.reduce((product, extent) => product * extent, 1);
        const stored = Float32Array.from({ length: count }, (_, i) => i);
        expect(permute(stored, axes)).toEqual(Float32Array.from(slowly(stored, axes)));
      }),
      { numRuns: 200 },
    );
  });

  it("gives a fresh array of the same kind, also where nothing moves", () => {
    for (const stored of [new Float32Array(6), new Float64Array(6), new Uint16Array(6)]) {
      const same = permute(stored, [{ extent: 6, stride: 1 }]);
      expect(same).toBeInstanceOf(stored.constructor);
      expect(same.buffer).not.toBe(stored.buffer);
      expect(permute(stored, [{ extent: 0, stride: 1 }]).length).toBe(0);
      expect(permute(stored, []).length).toBe(1);
    }
  });
});

describe("joinAxes", () => {
  it("joins what lies together and drops what is single", () => {
    expect(
      joinAxes([
        { extent: 2, stride: 12 },
        { extent: 1, stride: 7 },
        { extent: 3, stride: 4 },
        { extent: 4, stride: 1 },
      ]),
    ).toEqual([{ extent: 24, stride: 1 }]);
    expect(
      joinAxes([
        { extent: 3, stride: 1 },
        { extent: 2, stride: 3 },
      ]),
    ).toEqual([
      { extent: 3, stride: 1 },
      { extent: 2, stride: 3 },
    ]);
  });
});
