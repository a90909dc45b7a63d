import { describe, expect, it } from "vitest";
import { isReadError, ReadError } from "../../src/errors.ts";
import type { ConvLayer } from "../../src/model/model.ts";
import { selectLayers } from "../../src/model/select-layers.ts";

function modelOf(...names: readonly string[]) {
  const layers = names.map((name, index): ConvLayer => {
    const kernel = {
      name: `${name}/kernel`,
      dtype: "float32",
      shape: [3, 3, 1, 2],
      readBytes: async () => new Uint8Array(72),
    };
    return {
      index,
      name,
      kind: "conv",
      rank: 2,
      shape: [2, 1, 1, 3, 3],
      groups: 1,
      strides: null,
      padding: null,
      dilation: null,
      axisOrder: "HWIO",
      evidence: "name",
      kernel,
      bias: null,
      inputExtents: null,
      batchNorm: null,
    };
  });
  return { file: "m.h5", layers };
}

function names(model: ReturnType<typeof modelOf>, ...wanted: string[]): string[] {
  return selectLayers(model, wanted).map((layer) => layer.name);
}

function sentence(model: ReturnType<typeof modelOf>, ...wanted: string[]): string {
  try {
    selectLayers(model, wanted);
  } catch (error) {
    if (isReadError(error, "no-such-layer")) return error.message;
  }
  throw new Error("no ReadError was thrown");
}

describe("selectLayers", () => {
  const model = modelOf("conv1", "conv2", "block.0/conv", "conv*", "#1", "conv1");

  it("takes every layer when none is named", () => {
    expect(names(model)).toHaveLength(6);
  });

  it("prefers exact names over indices and globs, and finds namesakes", () => {
    expect(names(model, "conv*")).toEqual(["conv*"]);
    expect(names(model, "#1")).toEqual(["#1"]);
    expect(names(model, "#0")).toEqual(["conv1"]);
    expect(selectLayers(model, ["conv1"]).map((layer) => layer.index)).toEqual([0, 5]);
  });

  it("accepts globs and tensor names, each layer once, in the order asked", () => {
    expect(names(model, "conv2", "conv[12]")).toEqual(["conv2", "conv1", "conv1"]);
    expect(names(model, "block.0/conv/kernel")).toEqual(["block.0/conv"]);
    expect(names(model, "*/*")).toEqual(["block.0/conv"]);
  });

  it("offers the nearest names", () => {
    expect(sentence(model, "cnov2")).toBe('There is no layer "cnov2"; did you mean "conv2"?');
    expect(sentence(model, "conv3")).toContain('did you mean "conv1", "conv2" or "conv*"?');
    expect(sentence(model, "#9")).toBe('There is no layer "#9": the file has layers #0 to #5.');
    expect(sentence(model, "zz*")).toContain('the file has 6 layers: "conv1", "conv2"');
    expect(sentence(modelOf(), "a")).toBe("The file has no convolution layers.");
    expect(sentence(modelOf("a\u202eb"), "xyzxyz\u001b")).toBe(
      'There is no layer "xyzxyz\\x1b"; the file has 1 layer: "a\\u202eb".',
    );
  });

  it("names the file", () => {
    expect(() => selectLayers(model, ["q"])).toThrowError(ReadError);
    try {
      selectLayers(model, ["qqqqqq"]);
    } catch (error) {
      expect((error as ReadError).file).toBe("m.h5");
    }
  });
});
