import { ReadError } from "../errors.ts";
import type { ArrayData, NdArray } from "./data/array.ts";
import type { Engines } from "./engines.ts";
import { createMetric } from "./metrics.ts";
import type { Network } from "./network.ts";

/** Inputs and targets that fit a network. */
export interface Samples {
  readonly count: number;
  readonly dtype: "uint8" | "float32";
  readonly inputs: ArrayData;
  readonly targets: ArrayData;
  /** Numbers of one sample's targets. */
  readonly targetSize: number;
}

/**
 * Checks arrays against a network.
 *
 * @throws ReadError `bad-option` naming what the first layer expected and what it got, as Keras does
 */
export function assertSamples(network: Network, inputs: NdArray, targets: NdArray): Samples {
  const count = assertInputs(network, inputs);
  if (targets.shape[0] !== count) {
    throw new ReadError("bad-option", `There are ${count} inputs but ${targets.shape[0]} targets.`);
  }
  const sparse = network.compiled?.loss.kind === "sparseCategoricalCrossentropy";
  const expected = sparse ? network.outputShape.slice(0, -1) : network.outputShape;
  const found = targets.shape.slice(1);
  const size = product(expected);
  if (product(found) !== size) {
    const hint =
      !sparse && product(found) === 1 && size > 1
        ? " Use toCategorical, or the loss sparseCategoricalCrossentropy."
        : "";
    throw new ReadError(
      "bad-option",
      `The output has shape ${shapeText(expected)} per sample, but the targets have ${shapeText(found)}.${hint}`,
    );
  }
  const dtype = inputs.data instanceof Uint8Array ? "uint8" : "float32";
  return { count, dtype, inputs: inputs.data, targets: targets.data, targetSize: size };
}

/** Checks inputs and returns the number of samples. */
export function assertInputs(network: Network, inputs: NdArray): number {
  const [count = 0, ...found] = inputs.shape;
  const expected = network.inputShape;
  if (found.length !== expected.length || found.some((extent, i) => extent !== expected[i])) {
    const first = network.layers[0]!;
    throw new ReadError(
      "bad-option",
      `Input of layer ${JSON.stringify(first.name)} (${first.className}) does not fit: expected samples of shape ${shapeText(expected)}, found ${shapeText(found)}.`,
    );
  }
  if (count === 0) throw new ReadError("bad-option", "There are no samples.");
  return count;
}

/** Loss and metrics over all samples, batch by batch: `loss` first, then the metrics in their order. */
export async function evaluateOn(
  network: Network,
  engines: Engines,
  inputs: NdArray,
  targets: NdArray,
  batchSize: number,
): Promise<Record<string, number>> {
  const { compiled } = network;
  if (compiled === null)
    throw new ReadError("bad-option", "The network is not compiled: call compile first.");
  const samples = assertSamples(network, inputs, targets);
  const engine = await engines.get({ dtype: samples.dtype, batchSize });
  return evaluateRange(network, engine, samples, 0, samples.count, batchSize);
}

/** As `evaluateOn` for the samples `from` to `to`; `sampleWeights` are factors of the loss, one per sample. */
export function evaluateRange(
  network: Network,
  engine: Awaited<ReturnType<Engines["get"]>>,
  samples: Samples,
  from: number,
  to: number,
  batchSize: number,
  sampleWeights: Float32Array | null = null,
): Record<string, number> {
  const { loss: lossSpec, metrics: specs } = network.compiled!;
  const size = network.outputShape.at(-1)!;
  const metrics = specs.map((spec) => createMetric(spec, size, lossSpec));
  let sum = 0;
  for (let start = from; start < to; start += batchSize) {
    const end = Math.min(to, start + batchSize);
    const rows = Int32Array.from({ length: end - start }, (_, i) => start + i);
    const batch = {
      inputs: [samples.inputs as Float32Array],
      targets: samples.targets as Float32Array,
      rows,
      ...(sampleWeights === null ? {} : { sampleWeights }),
    };
    const { loss, predictions } = engine.evaluate(batch);
    sum += loss * rows.length;
    const truth = samples.targets.subarray(start * samples.targetSize, end * samples.targetSize);
    for (const metric of metrics) metric.update(truth, predictions, predictions.length / size);
  }
  const result: Record<string, number> = { loss: sum / (to - from) };
  for (const metric of metrics) result[metric.name] = metric.result();
  return result;
}

/** The outputs of every sample. */
export async function predictOn(
  network: Network,
  engines: Engines,
  inputs: NdArray,
  batchSize: number,
): Promise<NdArray<Float32Array>> {
  const count = assertInputs(network, inputs);
  const dtype = inputs.data instanceof Uint8Array ? "uint8" : "float32";
  const engine = await engines.get({ dtype, batchSize });
  const data = engine.predict({ inputs: [inputs.data as Float32Array] });
  return { data, shape: [count, ...network.outputShape] };
}

function product(extents: readonly number[]): number {
  return extents.reduce((total, extent) => total * extent, 1);
}

/** As Python prints a tuple. */
function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
