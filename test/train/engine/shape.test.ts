import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  axisOf,
  canonicalConv,
  reachedTaps,
  transposedAxisOf,
  trimAxis,
  UNIT_AXIS,
} from "../../../src/train/engine/shape.ts";

const axis = (
  input: number,
  kernel: number,
  stride: number,
  padding: "same" | "valid" | "causal",
  dilation = 1,
) => axisOf({ input, kernel, stride, dilation }, padding, "test");

describe("axes", () => {
  test.each([
    // input, kernel, stride, dilation, padding, output, before: TensorFlow's rules
    [224, 3, 4, 1, "same", 56, 0],
    [3, 3, 4, 1, "same", 1, 0],
    [56, 3, 1, 1, "same", 56, 1],
    [1, 3, 1, 1, "same", 1, 1],
    [10, 4, 1, 1, "same", 10, 1],
    [10, 3, 2, 1, "same", 5, 0],
    [11, 3, 2, 1, "same", 6, 1],
    [9, 3, 1, 2, "same", 9, 2],
    [9, 3, 1, 2, "valid", 5, 0],
    [9, 3, 1, 2, "causal", 9, 4],
    [9, 3, 2, 1, "valid", 4, 0],
  ] as const)(
    "input %i, kernel %i, stride %i, dilation %i, %s: %i outputs, %i in front",
    (input, kernel, stride, dilation, padding, output, before) => {
      expect(axis(input, kernel, stride, padding, dilation)).toMatchObject({ output, before });
    },
  );

  test("a window that does not fit names the layer and what to do", () => {
    expect(() => axis(2, 3, 1, "valid")).toThrow(
      'Layer test: its window reaches over 3 positions, its input has 2 along that axis; use padding "same" or a smaller kernel.',
    );
  });

  test("a transposed layer's output has Keras's extent", () => {
    const size = { input: 4, kernel: 3, stride: 2, dilation: 1 };
    expect(transposedAxisOf(size, "same", undefined, "t")).toMatchObject({ input: 8, output: 4, before: 0 });
    expect(transposedAxisOf(size, "valid", undefined, "t").input).toBe(9);
    expect(transposedAxisOf(size, "same", 0, "t").input).toBe(7);
    expect(transposedAxisOf(size, "same", 1, "t").input).toBe(8);
    expect(() => transposedAxisOf(size, "same", 5, "t")).toThrow("change the output padding");
  });
});

test("reached taps are those that meet data at some output", () => {
  const sizes = fc.record({
    input: fc.integer({ min: 1, max: 12 }),
    kernel: fc.integer({ min: 1, max: 6 }),
    stride: fc.integer({ min: 1, max: 5 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    padding: fc.constantFrom("same", "causal"),
  } as const);
  fc.assert(
    fc.property(sizes, ({ padding, ...size }) => {
      const found = axisOf(size, padding as "same" | "causal", "test");
      const met = Array.from({ length: size.kernel }, (_, tap) =>
        Array.from(
          { length: found.output },
          (_, o) => o * size.stride - found.before + tap * size.dilation,
        ).some((at) => at >= 0 && at < size.input),
      );
      const [from, to] = reachedTaps(found);
      expect(met.slice(0, from)).not.toContain(true);
      expect(met.slice(to)).not.toContain(true);
      if (from < to) expect([met[from], met[to - 1]]).toEqual([true, true]);
    }),
  );
});

describe("canonical form", () => {
  const fold = { trim: true, fold: true, first: false };

  test("the seed's first layer: depth becomes channels, windows along the width too", () => {
    const axes = [axis(224, 3, 4, "same"), axis(224, 3, 4, "same"), axis(3, 3, 4, "same")];
    const conv = canonicalConv(axes, 1, 2, 1, { ...fold, first: true });
    expect(conv).toMatchObject({ channels: 9, stored: 12, filters: 2 });
    expect(conv.axes.map(({ input, kernel, output }) => [input, kernel, output])).toEqual([
      [1, 1, 1],
      [224, 3, 56],
      [56, 1, 56],
    ]);
  });

  test("the seed's other layers lose the taps that meet only padding", () => {
    const axes = [axis(56, 3, 1, "same"), axis(56, 3, 1, "same"), axis(1, 3, 1, "same")];
    const conv = canonicalConv(axes, 2, 4, 1, fold);
    expect(conv).toMatchObject({ channels: 2, stored: 2, filters: 4 });
    expect(conv.axes.map(({ kernel }) => kernel)).toEqual([3, 3, 1]);
    const whole = canonicalConv(axes, 2, 4, 1, { ...fold, trim: false });
    expect(whole.axes.map(({ kernel }) => kernel)).toEqual([3, 3, 3]);
  });

  test("an axis that is covered becomes channels, again and again", () => {
    const axes = [axis(5, 3, 1, "valid"), axis(4, 4, 1, "valid"), axis(3, 3, 1, "valid")];
    const conv = canonicalConv(axes, 2, 7, 1, fold);
    expect(conv).toMatchObject({
      channels: 24,
      stored: 24,
      axes: [UNIT_AXIS, UNIT_AXIS, { input: 5, kernel: 3 }],
    });
    expect(canonicalConv(axes, 2, 8, 2, fold)).toMatchObject({ channels: 1, stored: 2 });
  });

  test("trimming moves the padding along", () => {
    expect(trimAxis(axis(2, 5, 1, "same"))).toMatchObject({ kernel: 3, before: 1 });
    expect(trimAxis(axis(1, 2, 1, "same", 2))).toMatchObject({ kernel: 2 });
  });
});
