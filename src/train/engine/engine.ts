import type { Spawn } from "../../port.ts";
import type { LossSpec } from "../losses.ts";
import type { OptimizerSpec } from "../optimizers.ts";
import type { Graph } from "./graph.ts";
import type { Plan } from "./plan.ts";

/** Samples one after the other, each in row-major order of its shape; bytes for an input of dtype `uint8`. */
export type SampleArray = Float32Array | Uint8Array;

/** Samples and what is known about them. No array is kept after the call. */
export interface Batch {
  /** One array per input of the graph, in the order of its nodes. */
  readonly inputs: readonly SampleArray[];
  /**
   * What the output should be, in the output's shape; for the sparse loss one class number per position. Not needed
   * for `predict`.
   */
  readonly targets?: Float32Array | Int32Array | Uint8Array;
  /** One factor per sample, as Keras: the loss is `sum(weight * loss) / count`, whatever the weights' sum. */
  readonly sampleWeights?: Float32Array;
  /**
   * Which samples of the arrays make up the batch, in this order; default: all of them. A shuffled data set needs
   * no gathered copy: give the whole arrays and the batch's part of the permutation.
   */
  readonly rows?: ArrayLike<number>;
}

/** What one pass over a batch found. */
export interface StepResult {
  /** The mean loss, the regularizers' penalties included; taken before the weights were changed. */
  readonly loss: number;
  /** The output of every sample, `[samples, ...output shape]` row-major; a fresh array. */
  readonly predictions: Float32Array;
}

/** One weight array of the network, in Keras's layout. */
export interface EngineParameter {
  /** `<node>/<parameter>`, for example `conv3d/kernel`. */
  readonly name: string;
  readonly node: string;
  /** `kernel`, `bias`, `gamma`, `beta`, `movingMean` or `movingVariance`. */
  readonly parameter: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  /**
   * For each axis of `shape` the range of positions `[from, to)` that training can reach. Outside of it the kernel
   * meets nothing but padding: the gradient is exactly zero and no optimizer changes the weight.
   */
  readonly reached: readonly (readonly [from: number, to: number])[];
}

/** All that training changes beside the weights; plain data, in Keras's layout. */
export interface EngineState {
  /** Updates made so far; the optimizer's bias correction and the dropout masks depend on it. */
  readonly step: number;
  readonly learningRate: number;
  /** `<parameter name>/<slot>` (for Adam `momentum` and `velocity`) to values in the parameter's shape. */
  readonly slots: ReadonlyMap<string, Float32Array>;
}

export interface EngineOptions {
  /** The most samples a batch may have; smaller batches are fine at any time. */
  readonly batchSize: number;
  /** Default: none, then `trainStep` and `evaluate` throw `bad-option`. */
  readonly loss?: LossSpec;
  /** Default: none, then `trainStep` throws `bad-option`. */
  readonly optimizer?: OptimizerSpec;
  /** How many threads work on a step, the caller's included; default 1. Same bits whatever the number. */
  readonly threads?: number;
  /** Starts the other threads; without it, or without shared memory, the engine runs on the caller's thread. */
  readonly spawn?: Spawn;
  /** Seed of the dropout masks; default 0. */
  readonly seed?: number;
  /**
   * `portable` (default): the same bits on every machine. `relaxed`: fused multiply-add where the runtime has it,
   * faster on some CPUs, with bits that depend on the CPU.
   */
  readonly arithmetic?: "portable" | "relaxed";
  /** `auto` (default): WebAssembly where it has SIMD, else the slow float64 reference. */
  readonly backend?: "auto" | "wasm" | "reference";
}

/**
 * Runs one graph. Calls are synchronous and use the caller's thread for their share of the work, so an engine
 * belongs in a worker (never on a page's main thread when it has more than one thread).
 *
 * Every method throws ReadError `bad-option` when arrays do not fit the graph, naming what was expected and found.
 */
export interface Engine {
  readonly graph: Graph;
  readonly backend: "wasm" | "reference";
  readonly threads: number;
  /** Shape of one sample's output. */
  readonly outputShape: readonly number[];
  /** In the order of the nodes; within a node in Keras's order. */
  readonly parameters: readonly EngineParameter[];
  /** Memory and phases, for reading and printing; null for the reference. */
  readonly plan: Plan | null;
  /** May be set between steps (schedules, callbacks). */
  learningRate: number;
  /** Updates made so far. */
  readonly step: number;

  /** One update. The weights start at zero: give them first with `setWeights`. */
  trainStep(batch: Batch): StepResult;
  /** Loss and output as in use: no dropout, moving statistics, no update. Penalties are part of the loss. */
  evaluate(batch: Batch): StepResult;
  /** Output as in use, `[samples, ...output shape]`; more samples than `batchSize` are run in several batches. */
  predict(batch: Pick<Batch, "inputs" | "rows">): Float32Array;

  /** Fresh copies by parameter name, in Keras's layout and float32. */
  getWeights(): Map<string, Float32Array>;
  /** The same, copied into the arrays that `target` holds by name. */
  readWeights(target: ReadonlyMap<string, Float32Array>): void;
  /** Sets the named parameters and leaves the others. */
  setWeights(weights: ReadonlyMap<string, Float32Array>): void;
  /** Fresh copies of what training needs to go on as if it had never stopped (weights apart). */
  state(): EngineState;
  restore(state: EngineState): void;
  /** Ends the threads and frees the memory; the engine cannot be used afterwards. */
  close(): void;
}
