import { describe, expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import type { DType } from "../../src/tensor/dtype.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { reshaped, storedBytes, transposed } from "../../src/tensor/views.ts";

const context = { budget: createBudget() };

/** A tensor whose values are 0, 1, 2, … in the stored order. */
function counting(
  shape: number[],
  dtype: DType,
  array: Uint8Array | Uint16Array | Uint32Array | Float64Array,
): Tensor {
  for (let i = 0; i < array.length; i++) array[i] = i;
  return {
    name: "t",
    dtype,
    shape,
    readBytes: async () => new Uint8Array(array.buffer.slice(0)) as Uint8Array<ArrayBuffer>,
  };
}

describe("transposed", () => {
  it.each([
    ["uint8", Uint8Array],
    ["float16", Uint16Array],
    ["int32", Uint32Array],
    ["float64", Float64Array],
  ] as const)("moves values of %s as NumPy does", async (dtype, type) => {
    const tensor = transposed(counting([2, 3, 4], dtype, new type(24)), [2, 0, 1]);
    expect(tensor.shape).toEqual([4, 2, 3]);
    const values = new type((await tensor.readBytes(context)).buffer);
    for (let a = 0; a < 4; a++)
      for (let b = 0; b < 2; b++)
        for (let c = 0; c < 3; c++) expect(values[a * 6 + b * 3 + c]).toBe(b * 12 + c * 4 + a);
  });

  it("carries the axis of the scales along, and refuses what is no order", () => {
    const tensor = {
      ...counting([2, 3], "uint8", new Uint8Array(6)),
      quantization: { scale: [1, 2, 3], zeroPoint: [0], axis: 1 },
    };
    expect(transposed(tensor, [1, 0]).quantization).toMatchObject({ axis: 0 });
    expect(() => transposed(tensor, [0, 0])).toThrow(/no order of the axes/);
    expect(() => transposed(tensor, [0])).toThrow(/no order of the axes/);
  });
});

describe("reshaped", () => {
  const tensor = counting([4, 3, 2], "uint8", new Uint8Array(24));

  it("keeps the values and finds the axis of the scales again", async () => {
    expect(reshaped(tensor, [4, 1, 6]).shape).toEqual([4, 1, 6]);
    expect(await reshaped(tensor, [24]).readBytes(context)).toEqual(await tensor.readBytes(context));
    const scaled = { ...tensor, quantization: { scale: [1, 1, 1], zeroPoint: [0], axis: 1 } };
    expect(reshaped(scaled, [2, 2, 3, 2]).quantization).toMatchObject({ axis: 2 });
    expect(reshaped(scaled, [12, 2]).unreadable).toMatch(/scales/);
  });

  it("refuses another number of values", () => {
    expect(() => reshaped(tensor, [5])).toThrow(/cannot be seen/);
  });
});

it("knows how many bytes are stored", () => {
  expect(storedBytes(counting([3], "int32", new Uint32Array(3)))).toBe(12);
  expect(storedBytes({ ...counting([3], "uint8", new Uint8Array(3)), dtype: "odd" })).toBeNull();
});
