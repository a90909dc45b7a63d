import { type ConvLayer, createBudget, type Model, readKernel, type Tensor } from "kernelscope";
import { countDifferent } from "./models/decode.ts";
import type { ExpectedKernel } from "./models/layer.ts";
import type { Tally } from "./proof.ts";
import type { Weight } from "./writers/weight.ts";

/** One case per array: it is listed, and its bytes are the written ones. */
export async function checkArrays(
  model: Model,
  weights: readonly Weight[],
  tally: Tally,
  label: string,
): Promise<void> {
  const byName = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
  tally.check(
    byName.size === weights.length,
    () => `${label}: ${byName.size} of ${weights.length} arrays are listed`,
  );
  for (const weight of weights) {
    const tensor = byName.get(weight.name);
    const problem = tensor === undefined ? "is not listed" : await differenceOf(tensor, weight);
    tally.check(problem === null, () => `${label}: ${weight.name} ${problem}`);
  }
}

async function differenceOf(tensor: Tensor, weight: Weight): Promise<string | null> {
  if (tensor.dtype !== weight.dtype) return `is ${tensor.dtype}, not ${weight.dtype}`;
  if (tensor.shape.join() !== weight.shape.join())
    return `has shape [${tensor.shape}], not [${weight.shape}]`;
  const bytes = await tensor.readBytes({ budget: createBudget() });
  const different = countDifferent(bytes, weight.bytes);
  return different === 0 ? null : `has ${different} of ${weight.bytes.length} bytes wrong`;
}

/** One case per expected kernel and one for layers that nobody wrote. */
export async function checkKernels(
  model: Model,
  expected: readonly ExpectedKernel[],
  tally: Tally,
  label: string,
): Promise<void> {
  tally.check(
    model.layers.length === expected.length,
    () =>
      `${label}: found ${model.layers.map(({ name }) => name)} instead of ${expected.map(({ layer }) => layer)}`,
  );
  for (const kernel of expected) {
    const layer = model.layers.find(({ name }) => name === kernel.layer);
    const problem = layer === undefined ? "is missing" : await kernelDifference(layer, kernel);
    tally.check(problem === null, () => `${label}: ${kernel.layer} ${problem}`);
  }
}

async function kernelDifference(layer: ConvLayer, expected: ExpectedKernel): Promise<string | null> {
  // A filter with a single input can be either; only a file with a config knows.
  const open = layer.evidence !== "config" && expected.shape[1] === 1;
  if (layer.kind !== expected.kind && !open) return `is ${layer.kind}, not ${expected.kind}`;
  const { shape, weights } = await readKernel(layer);
  if (shape.join() !== expected.shape.join()) return `has shape [${shape}], not [${expected.shape}]`;
  if (weights.constructor !== expected.weights.constructor) return `is a ${weights.constructor.name}`;
  const different = countDifferent(weights, expected.weights);
  if (different > 0) return `has ${different} of ${weights.length} weights wrong`;
  if (expected.words === null) return null;
  const bits = countDifferent(
    new Uint32Array(weights.buffer, weights.byteOffset, weights.length),
    expected.words,
  );
  return bits === 0 ? null : `has ${bits} of ${weights.length} NaNs with other bits`;
}
