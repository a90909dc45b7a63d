import { describe, expect, it } from "vitest";
import { type ConvLayer, createBudget, readKernel, type Tensor } from "../../src/index.ts";
import { convLayer, type LayerFacts } from "../../src/model/layers.ts";
import { failureOf } from "../failure.ts";

/** A kernel whose weights are their own index in the stored order. */
function layerOf(
  shape: readonly number[],
  order: string,
  change: Partial<LayerFacts> = {},
  tensor: Partial<Tensor> = {},
): ConvLayer {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const kernel: Tensor = {
    name: "k",
    dtype: "float32",
    shape,
    readBytes: async () => new Uint8Array(Float32Array.from({ length: count }, (_, i) => i).buffer),
    ...tensor,
  };
  return convLayer({ name: "layer", kind: "conv", axisOrder: order, evidence: "name", kernel, ...change }, 0);
}

/** The weight at canonical indices. */
async function weightAt(layer: ConvLayer): Promise<(...at: number[]) => number> {
  const { shape, weights } = await readKernel(layer);
  return (...at) => weights[at.reduce((offset, index, axis) => offset * shape[axis]! + index, 0)]!;
}

describe("readKernel", () => {
  it.each([
    ["OIHW", [7, 5, 2, 3], [7, 5, 1, 2, 3]],
    ["HWIO", [2, 3, 5, 7], [7, 5, 1, 2, 3]],
    ["OHWI", [7, 2, 3, 5], [7, 5, 1, 2, 3]],
    ["IOHW", [5, 7, 2, 3], [7, 5, 1, 2, 3]],
    ["HWOI", [2, 3, 7, 5], [7, 5, 1, 2, 3]],
    ["WHIO", [3, 2, 5, 7], [7, 5, 1, 2, 3]],
    ["OIW", [7, 5, 3], [7, 5, 1, 1, 3]],
    ["WIO", [3, 5, 7], [7, 5, 1, 1, 3]],
    ["DHWIO", [4, 2, 3, 5, 7], [7, 5, 4, 2, 3]],
    ["OIDHW", [7, 5, 4, 2, 3], [7, 5, 4, 2, 3]],
  ] as const)("puts %s into canonical axes", async (order, shape, canonical) => {
    const layer = layerOf(shape, order);
    expect(layer.shape).toEqual(canonical);
    expect(layer.rank).toBe(order.length - 2);
    const weight = await weightAt(layer);
    const at: Record<string, number> = { O: 6, I: 3, D: canonical[2] - 1, H: canonical[3] - 1, W: 1 };
    const stored = [...order].reduce((offset, letter, axis) => offset * shape[axis]! + at[letter]!, 0);
    expect(weight(at.O!, at.I!, at.D!, at.H!, at.W!)).toBe(stored);
  });

  it("numbers depthwise outputs input by input", async () => {
    const layer = layerOf([2, 3, 4, 5], "HWIM", { kind: "depthwise", groups: 4 });
    expect(layer.shape).toEqual([20, 1, 1, 2, 3]);
    const weight = await weightAt(layer);
    for (const [h, w, i, m] of [
      [0, 0, 0, 0],
      [1, 2, 3, 4],
      [0, 1, 2, 3],
    ] as const) {
      expect(weight(i * 5 + m, 0, 0, h, w)).toBe(((h * 3 + w) * 4 + i) * 5 + m);
    }
  });

  it("numbers grouped transposed outputs group by group", async () => {
    const layer = layerOf([6, 4, 2, 3], "IOHW", { kind: "transposed", groups: 3 });
    expect(layer.shape).toEqual([12, 2, 1, 2, 3]);
    const weight = await weightAt(layer);
    for (const [group, i, o, h, w] of [
      [0, 0, 0, 0, 0],
      [2, 1, 3, 1, 2],
      [1, 0, 2, 1, 0],
    ] as const) {
      expect(weight(group * 4 + o, i, 0, h, w)).toBe((((group * 2 + i) * 4 + o) * 2 + h) * 3 + w);
    }
  });

  it("dequantises along the stored axis before it moves anything", async () => {
    const quantization = { scale: [1, 10, 100], zeroPoint: [0, 1, 0], axis: 3 };
    const layer = layerOf(
      [1, 2, 2, 3],
      "HWIO",
      {},
      { dtype: "uint8", quantization, readBytes: async () => Uint8Array.from({ length: 12 }, (_, i) => i) },
    );
    const weight = await weightAt(layer);
    expect(weight(1, 1, 0, 0, 1)).toBe((10 - 1) * 10);
    expect(weight(2, 0, 0, 0, 1)).toBe(8 * 100);
  });

  it("says what the layer is, with weights of its own", async () => {
    const bytes = new Uint8Array(Float32Array.of(0, 1, 2, 3).buffer).subarray(4);
    const layer = layerOf([1, 1, 3], "OIW", { groups: 1 }, { readBytes: async () => bytes });
    const kernel = await readKernel(layer);
    expect(kernel).toMatchObject({
      name: "layer",
      kind: "conv",
      rank: 1,
      shape: [1, 1, 1, 1, 3],
      groups: 1,
      dtype: "float32",
      frozen: null,
    });
    kernel.weights[0] = 9;
    expect(new Float32Array(bytes.buffer)[1]).toBe(1);
  });

  it("passes on the signal, the progress and the budget, and gives the budget back", async () => {
    const signal = new AbortController().signal;
    const onProgress = (): void => {};
    const budget = createBudget({ bytes: 12 * 3 });
    const layer = layerOf(
      [1, 1, 3],
      "OIW",
      {},
      {
        async readBytes(context) {
          expect(context).toEqual({ budget, signal, onProgress });
          return new Uint8Array(12);
        },
      },
    );
    await readKernel(layer, { budget, signal, onProgress });
    await readKernel(layer, { budget, signal, onProgress });
    await failureOf(readKernel(layer, { budget: createBudget({ bytes: 35 }) }), "limit", "layer");
  });

  it("explains what cannot be read, without reading it", async () => {
    const readBytes = () => Promise.reject(new Error("read"));
    await failureOf(
      readKernel(layerOf([1, 1, 3], "OIW", {}, { readBytes, unreadable: "It is virtual." })),
      "unsupported",
      "It is virtual.",
      '"layer"',
    );
    await failureOf(
      readKernel(layerOf([1, 1, 3], "OIW", {}, { readBytes, dtype: "complex64" })),
      "unsupported",
      "complex",
    );
    await failureOf(
      readKernel(layerOf([1, 1, 3], "OIW", {}, { readBytes, dtype: "F4" })),
      "unsupported",
      "F4",
    );
  });

  it("says when the memory does not suffice", async () => {
    const readBytes = () => Promise.reject(new RangeError("Array buffer allocation failed"));
    await failureOf(
      readKernel(layerOf([1, 1, 3], "OIW", {}, { readBytes })),
      "limit",
      "not enough memory",
      "3 weights",
    );
  });

  it("refuses an answer of the wrong length", async () => {
    const layer = layerOf([1, 1, 3], "OIW", {}, { readBytes: async () => new Uint8Array(11) });
    await failureOf(readKernel(layer), "source-short", "11");
  });
});

describe("convLayer", () => {
  it.each(["OIH", "OIHWD", "XYZW", "OOHW", "OIWW", "", "OIDW"])(
    "refuses the axis order %j for four axes",
    async (order) => {
      await failureOf(() => layerOf([2, 3, 4, 5], order), "bad-option", "4 letters", "[2, 3, 4, 5]");
    },
  );

  it("refuses groups that do not divide the inputs", async () => {
    await failureOf(
      () => layerOf([5, 4, 2, 3], "IOHW", { kind: "transposed", groups: 3 }),
      "malformed",
      "5 inputs",
      "3 groups",
    );
  });
});
