import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConvLayer } from "../../src/index.ts";
import { type ConvAxis, frozenAlongAxis, frozenPositions } from "../../src/kernel/frozen.ts";

const base: ConvAxis = { input: 8, kernel: 3, stride: 1, dilation: 1, padding: "same" };

/** The definition: position t is alive when some output meets an input with it. */
function slowly({ input, kernel, stride, dilation, padding }: ConvAxis): boolean[] {
  const reach = dilation * (kernel - 1) + 1;
  let [before, after] = [0, 0];
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input);
    before = Math.floor(total / 2);
    after = total - before;
  } else if (padding === "causal") before = reach - 1;
  else if (padding !== "valid") [before, after] = padding;
  const alive = new Array<boolean>(kernel).fill(false);
  let outputs = 0;
  for (let start = -before; start + reach <= input + after; start += stride, outputs++) {
    for (let t = 0; t < kernel; t++)
      if (start + t * dilation >= 0 && start + t * dilation < input) alive[t] = true;
  }
  return alive.map((lives) => outputs > 0 && !lives);
}

describe("frozenAlongAxis", () => {
  it("is the definition for every geometry", () => {
    const padding = fc.oneof(
      fc.constantFrom("same" as const, "valid" as const, "causal" as const),
      fc.tuple(fc.nat(9), fc.nat(9)),
    );
    const axis = fc.record({
      input: fc.integer({ min: 1, max: 12 }),
      kernel: fc.integer({ min: 1, max: 9 }),
      stride: fc.integer({ min: 1, max: 5 }),
      dilation: fc.integer({ min: 1, max: 4 }),
      padding,
    });
    fc.assert(
      fc.property(axis, (geometry) => {
        expect(frozenAlongAxis(geometry)).toEqual(slowly(geometry));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["an input of one with same padding", { input: 1 }, [true, false, true]],
    ["an input of three with stride four", { input: 3, stride: 4 }, [false, false, false]],
    ["an input of two with stride four", { input: 2, stride: 4 }, [false, false, true]],
    ["an even kernel over an input of one", { input: 1, kernel: 4 }, [true, false, true, true]],
    ["a wide input", {}, [false, false, false]],
    ["a causal one over an input of one", { input: 1, padding: "causal" }, [true, true, false]],
    ["padding on both sides of one", { input: 1, padding: [1, 1] }, [true, false, true]],
    ["no output at all", { input: 1, padding: "valid" }, [false, false, false]],
  ] as const)("%s", (_, change, frozen) => {
    expect(frozenAlongAxis({ ...base, ...change } as ConvAxis)).toEqual(frozen);
  });
});

describe("frozenPositions", () => {
  const layer = (change: Partial<ConvLayer>): ConvLayer =>
    ({
      kind: "conv",
      rank: 3,
      shape: [2, 4, 3, 3, 3],
      strides: [1, 1, 1],
      dilation: [1, 1, 1],
      padding: "same",
      inputExtents: [56, 56, 1],
      ...change,
    }) as ConvLayer;
  const none = [false, false, false];

  it("finds the seed's frozen slices: its input is one wide after the first layer", () => {
    expect(frozenPositions(layer({}))).toEqual({ depth: none, height: none, width: [true, false, true] });
    expect(frozenPositions(layer({ inputExtents: [224, 224, 3], strides: [4, 4, 4] }))).toEqual({
      depth: none,
      height: none,
      width: none,
    });
  });

  it("numbers the axes of 1-D and 2-D kernels from the last", () => {
    const flat = layer({
      rank: 2,
      shape: [2, 4, 1, 3, 5],
      strides: [1, 1],
      dilation: [1, 1],
      inputExtents: [1, 9],
    });
    expect(frozenPositions(flat)).toEqual({
      depth: [false],
      height: [true, false, true],
      width: new Array(5).fill(false),
    });
    const line = layer({
      rank: 1,
      shape: [2, 4, 1, 1, 3],
      strides: [1],
      dilation: [1],
      inputExtents: [1],
      padding: [[1, 1]],
    });
    expect(frozenPositions(line)).toEqual({ depth: [false], height: [false], width: [true, false, true] });
  });

  it("claims nothing about an axis whose extent is not known", () => {
    expect(frozenPositions(layer({ inputExtents: [null, 1, null] }))).toEqual({
      depth: none,
      height: [true, false, true],
      width: none,
    });
    expect(frozenPositions(layer({ inputExtents: [null, null, null] }))).toBeNull();
  });

  it.each([
    { inputExtents: null },
    { strides: null },
    { dilation: null },
    { padding: null },
    { padding: "reflect" },
    { kind: "transposed" },
    { strides: [0, 1, 1] },
    { strides: [1] },
    { inputExtents: [Number.NaN, 1, 1] },
  ] as Partial<ConvLayer>[])("claims nothing without the facts: %j", (change) => {
    expect(frozenPositions(layer(change))).toBeNull();
  });
});
