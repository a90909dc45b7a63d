import { ReadError } from "../errors.ts";
import type { Callback, Logs, Training } from "./callbacks/callback.ts";
import { type NdArray, validationStart } from "./data/array.ts";
import type { Engine } from "./engine/engine.ts";
import type { Engines } from "./engines.ts";
import { assertSamples, evaluateRange, type Samples } from "./evaluate.ts";
import { createMetric, type Metric } from "./metrics.ts";
import type { Network } from "./network.ts";
import { Random } from "./random.ts";
import { sampleWeightsOf } from "./sample-weights.ts";

/** How a network is trained. */
export interface FitOptions {
  /** Default 32. */
  readonly batchSize?: number | undefined;
  /** The epoch after the last one, counted from `initialEpoch`; default 1. */
  readonly epochs?: number | undefined;
  /** Default 0. */
  readonly initialEpoch?: number | undefined;
  /** Share of the samples that is held out: the last ones, before shuffling. */
  readonly validationSplit?: number | undefined;
  readonly validationData?: { readonly inputs: NdArray; readonly targets: NdArray } | undefined;
  /** Whether the samples of each epoch come in a new order; default true. */
  readonly shuffle?: boolean | undefined;
  /** Seed of the order: epoch e uses NumPy's shuffle of a generator that goes on from epoch to epoch. Default 0. */
  readonly seed?: number | undefined;
  /** Factor of each class's samples, by class number. */
  readonly classWeight?: Readonly<Record<number, number>> | undefined;
  /** Factor of each sample. */
  readonly sampleWeight?: ArrayLike<number> | undefined;
  readonly callbacks?: readonly Callback[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The numbers of every epoch, as Keras's History. */
export interface History {
  readonly epochs: readonly number[];
  /** By name (`loss`, `accuracy`, `val_loss`, …), one number an epoch. */
  readonly history: Readonly<Record<string, readonly number[]>>;
}

/** What one run of `fit` needs from step to step. */
interface Run {
  readonly network: Network;
  readonly engine: Engine;
  readonly samples: Samples;
  /** Samples that are trained on: 0 … trained - 1. */
  readonly trained: number;
  readonly batchSize: number;
  readonly weights: Float32Array | null;
  readonly metrics: readonly Metric[];
  readonly callbacks: readonly Callback[];
  readonly training: Training;
  readonly signal: AbortSignal | undefined;
  /** Lets other events happen now and then; one for the whole run, since epochs can be shorter than a breath. */
  readonly breathe: () => Promise<void>;
}

/**
 * Trains a compiled network; called by `Network.fit`. The loss of an epoch is the mean over its samples, taken as
 * the weights were before each update.
 *
 * @throws ReadError `bad-option` for arrays that do not fit, `not-finite` when the loss is no number any more
 */
export async function fit(
  network: Network,
  engines: Engines,
  inputs: NdArray,
  targets: NdArray,
  options: FitOptions,
): Promise<History> {
  const { compiled } = network;
  if (compiled === null)
    throw new ReadError("bad-option", "The network is not compiled: call compile first.");
  const { batchSize = 32, epochs = 1, initialEpoch = 0, shuffle = true, callbacks = [], signal } = options;
  const samples = assertSamples(network, inputs, targets);
  const trained = validationStart(samples.count, options.validationSplit ?? 0);
  if (trained === 0) throw new ReadError("bad-option", "validationSplit leaves no sample to train on.");
  const held = validationOf(network, samples, trained, options);
  const engine = await engines.get({ dtype: samples.dtype, batchSize });
  const random = new Random(options.seed ?? 0);
  const order = Int32Array.from({ length: trained }, (_, i) => i);
  let stopped = false;
  const training: Training = {
    network,
    get learningRate() {
      return engine.learningRate;
    },
    set learningRate(rate) {
      engine.learningRate = rate;
    },
    stop() {
      stopped = true;
    },
    state: () => engine.state(),
  };
  const size = network.outputShape.at(-1)!;
  const metrics = compiled.metrics.map((spec) => createMetric(spec, size, compiled.loss));
  const weights = sampleWeightsOf(samples, options.classWeight, options.sampleWeight);
  const run: Run = {
    network,
    engine,
    samples,
    trained,
    batchSize,
    weights,
    metrics,
    callbacks,
    training,
    signal,
    breathe: createBreather(),
  };
  const history = new Map<string, number[]>();
  const numbers: number[] = [];
  for (const callback of callbacks) await callback.onTrainBegin?.(training);
  for (let epoch = 0; epoch < epochs && !stopped; epoch++) {
    // Epochs before the first are only shuffled, so that a resumed run sees the orders of one that never stopped.
    if (shuffle) random.shuffle(order);
    if (epoch < initialEpoch) continue;
    for (const callback of callbacks) await callback.onEpochBegin?.(epoch, training);
    const logs: Record<string, number> = { ...(await trainEpoch(run, order)) };
    if (held !== null) {
      const held_ = evaluateRange(network, engine, held.samples, held.from, held.to, batchSize, held.weights);
      for (const [name, value] of Object.entries(held_)) logs[`val_${name}`] = value;
    }
    numbers.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      const known = history.get(name);
      if (known === undefined) history.set(name, [value]);
      else known.push(value);
    }
    for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, training);
  }
  for (const callback of callbacks) await callback.onTrainEnd?.(training);
  return { epochs: numbers, history: Object.fromEntries(history) };
}

async function trainEpoch(run: Run, order: Int32Array): Promise<Logs> {
  const { network, engine, samples, trained, batchSize, metrics, callbacks, training, signal } = run;
  const schedule = network.compiled!.optimizer.schedule;
  const size = network.outputShape.at(-1)!;
  for (const metric of metrics) metric.reset();
  let sum = 0;
  let logs: Record<string, number> = {};
  for (let start = 0, batch = 0; start < trained; start += batchSize, batch++) {
    await run.breathe();
    if (signal?.aborted) throw new ReadError("aborted", "Training was stopped.", { cause: signal.reason });
    const rows = order.subarray(start, Math.min(trained, start + batchSize));
    if (schedule !== null) engine.learningRate = schedule(engine.step);
    const truth = gatherRows(samples.targets, samples.targetSize, rows);
    const { loss, predictions } = engine.trainStep({
      inputs: [samples.inputs as Float32Array],
      targets: samples.targets as Float32Array,
      rows,
      ...(run.weights === null ? {} : { sampleWeights: run.weights }),
    });
    if (!Number.isFinite(loss)) throw notFinite(run, loss, batch);
    sum += loss * rows.length;
    for (const metric of metrics) metric.update(truth, predictions, predictions.length / size);
    logs = { loss: sum / (start + rows.length) };
    for (const metric of metrics) logs[metric.name] = metric.result();
    for (const callback of callbacks) await callback.onBatchEnd?.(batch, logs, training);
  }
  return logs;
}

/** Milliseconds of training after which whoever waits (a signal, a terminal, a message) gets a turn. */
const BREATH = 100;

/** A function that lets other events happen when enough time has passed since they last could. */
function createBreather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < BREATH) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
}

function gatherRows(values: ArrayLike<number>, size: number, rows: Int32Array): Float32Array {
  const result = new Float32Array(rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < size; j++) result[i * size + j] = values[rows[i]! * size + j]!;
  }
  return result;
}

interface Held {
  readonly samples: Samples;
  readonly from: number;
  readonly to: number;
  readonly weights: Float32Array | null;
}

function validationOf(network: Network, samples: Samples, trained: number, options: FitOptions): Held | null {
  const { validationData } = options;
  if (validationData !== undefined) {
    const held = assertSamples(network, validationData.inputs, validationData.targets);
    if (held.dtype !== samples.dtype) {
      throw new ReadError(
        "bad-option",
        `The training inputs are ${samples.dtype}, the validation inputs ${held.dtype}; both must be the same.`,
      );
    }
    return { samples: held, from: 0, to: held.count, weights: null };
  }
  if (trained === samples.count) return null;
  // As Keras: samples that are split off keep their own weights, but not those of their classes.
  const weights = sampleWeightsOf(samples, undefined, options.sampleWeight);
  return { samples, from: trained, to: samples.count, weights };
}

/** The loss is no number: names the first layer whose weights are not finite and the step. */
function notFinite({ network, engine }: Run, loss: number, batch: number): ReadError {
  const guilty = network.layers.find((layer) =>
    layer.getWeights().some((values) => !values.every(Number.isFinite)),
  );
  const where =
    guilty === undefined
      ? "all weights are still finite"
      : `layer ${JSON.stringify(guilty.name)} holds weights that are not finite`;
  return new ReadError(
    "not-finite",
    `The loss became ${loss} at step ${engine.step} (batch ${batch}); ${where}. Try a smaller learning rate, or clipNorm.`,
  );
}
