import { expect, test } from "vitest";
import type { Model } from "../../src/model/model.ts";
import { renderSummary } from "../../src/model/summary.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

function tensor(name: string, dtype: string, shape: readonly number[]): Tensor {
  return { name, dtype, shape, readBytes: () => Promise.reject(new Error("not read here")) };
}

function modelOf(tensors: readonly Tensor[], trainable: number | null): Model {
  const total = tensors.reduce(
    (sum, one) => sum + one.shape.reduce((product, extent) => product * extent, 1),
    0,
  );
  return {
    file: "weights.safetensors",
    format: "safetensors",
    producer: null,
    layers: [],
    tensors,
    rejected: [],
    architecture: null,
    parameters: { total, trainable, nonTrainable: trainable === null ? null : total - trainable },
    notes: [],
    close: async () => undefined,
  };
}

test("a file without an architecture gives its tensors, aligned", () => {
  const model = modelOf(
    [
      tensor("conv1.weight", "float32", [64, 3, 7, 7]),
      tensor("畳み込み", "bfloat16", [64]),
      tensor("steps", "int64", []),
    ],
    null,
  );
  expect(renderSummary(model).split("\n")).toEqual([
    "Tensor        Type      Shape          Parameters",
    "-------------------------------------------------",
    "conv1.weight  float32   [64, 3, 7, 7]       9,408",
    "畳み込み      bfloat16  [64]                   64",
    "steps         int64     []                      1",
    "-------------------------------------------------",
    "Tensors: 3",
    "Total parameters: 9,473",
    "",
  ]);
});

test("names cannot move the cursor; what is trained is said where it is known", () => {
  const text = renderSummary(modelOf([tensor("a\u001b[2J\nb", "float32", [2, 2])], 3));
  expect(text).toContain("a\\x1b[2J\\nb  float32");
  expect(text).toContain("Trainable parameters: 3\nNon-trainable parameters: 1\n");
});

test("no tensors at all", () => {
  expect(renderSummary(modelOf([], null))).toContain("Tensors: 0\nTotal parameters: 0\n");
});
