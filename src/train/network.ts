import { createBudget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import { readKerasConfig } from "../format/keras/config.ts";
import type { Model } from "../model/model.ts";
import { renderSummary, type SummaryOptions } from "../model/summary.ts";
import type { Spawn } from "../port.ts";
import { type Compiled, type CompileOptions, settle } from "./compile.ts";
import type { NdArray } from "./data/array.ts";
import type { Engine } from "./engine/engine.ts";
import type { Graph } from "./engine/graph.ts";
import { createEngines, type EngineKey } from "./engines.ts";
import { evaluateOn, predictOn } from "./evaluate.ts";
import { type FitOptions, fit, type History } from "./fit.ts";
import { initialValues } from "./initializers.ts";
import { functionalJson, type KerasJson, type NetworkOptions, sequentialJson } from "./keras-json.ts";
import type { Layer, SymbolicTensor } from "./layer.ts";
import { type Lowered, type LoweredLayer, lower } from "./lower.ts";
import { Random } from "./random.ts";
import { toModel } from "./to-model.ts";

/** What building a network may be told beside its layers. */
export interface BuildOptions extends NetworkOptions {
  /** Seed of the initial weights; default 0. */
  readonly seed?: number | undefined;
  /** Threads of the engine, the caller's included; default 1. Results do not depend on it. */
  readonly threads?: number | undefined;
  /** Starts the threads; see `webThreads`, and `threadPool` of `kernelscope/node/train`. */
  readonly spawn?: Spawn | undefined;
  /**
   * `portable` (default): the same bits on every machine. `relaxed`: fused multiply-add where the runtime has it,
   * faster, with bits that depend on the CPU.
   */
  readonly arithmetic?: "portable" | "relaxed" | undefined;
}

/** A layer of a network. */
export interface NetworkLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Shape of its output, without the batch axis. */
  readonly outputShape: readonly number[];
  /** Names and shapes of its weights, in the order of `getWeights`. */
  readonly parameters: LoweredLayer["parameters"];
  /** Fresh copies of its weights in Keras's order and layout: kernel, then bias. */
  getWeights(): Float32Array<ArrayBuffer>[];
  setWeights(weights: readonly Float32Array[]): void;
}

/**
 * A network that can be trained. Its words are Keras's: layers, compile, fit, evaluate, predict, weights.
 */
export interface Network {
  readonly name: string;
  /** Its architecture as Keras 3's `config.json` holds it. */
  readonly json: KerasJson;
  /** What the engine computes, its inputs being float32; hand-overs to other frameworks are made from it. */
  readonly graph: Graph;
  /** As `model.layers` in Keras: a Sequential does not count its InputLayer. */
  readonly layers: readonly NetworkLayer[];
  /** What `compile` settled; null before. */
  readonly compiled: Compiled | null;
  /** Shape of one sample. */
  readonly inputShape: readonly number[];
  /** Shape of one sample's output. */
  readonly outputShape: readonly number[];
  /** Trainable and other weights in all. */
  countParams(): number;
  /** Settles optimizer, loss and metrics; the optimizer begins anew. */
  compile(options: CompileOptions): void;
  /** Trains; see FitOptions. Resolves with the numbers of every epoch. */
  fit(inputs: NdArray, targets: NdArray, options?: FitOptions): Promise<History>;
  /** Loss and metrics as in use (no dropout, moving statistics). */
  evaluate(
    inputs: NdArray,
    targets: NdArray,
    options?: { readonly batchSize?: number },
  ): Promise<Record<string, number>>;
  /** Outputs as in use. */
  predict(inputs: NdArray, options?: { readonly batchSize?: number }): Promise<NdArray<Float32Array>>;
  /** All weights, layer by layer. */
  getWeights(): Float32Array<ArrayBuffer>[];
  setWeights(weights: readonly Float32Array[]): void;
  /** The engine for bytes or floats with batches of this size; for tools that look inside. */
  engine(key: EngineKey): Promise<Engine>;
  /** As `open` returns models: for pictures, statistics and exports of its kernels. */
  toModel(): Model;
  /** What Keras's `summary()` prints; see `renderSummary`. */
  summary(options?: SummaryOptions): string;
  /** Ends threads and frees memory; the weights stay readable. */
  close(): void;
}

/**
 * A chain of layers.
 *
 * @example
 * const network = sequential([
 *   layers.conv3d({ filters: 2, kernelSize: 3, strides: 4, padding: "same", activation: "relu", inputShape: [224, 224, 3, 1] }),
 *   layers.flatten(),
 *   layers.dense({ units: 17, activation: "softmax" }),
 * ]);
 */
export function sequential(chain: readonly (Layer | SymbolicTensor)[], options: BuildOptions = {}): Network {
  return networkFromJson(sequentialJson(chain, options), options);
}

/** A graph of layers from its inputs to its output. */
export function model(
  ends: {
    readonly inputs: SymbolicTensor | readonly SymbolicTensor[];
    readonly outputs: SymbolicTensor | readonly SymbolicTensor[];
  },
  options: BuildOptions = {},
): Network {
  const list = (value: SymbolicTensor | readonly SymbolicTensor[]): readonly SymbolicTensor[] =>
    "layer" in value ? [value] : value;
  const lists = { inputs: list(ends.inputs), outputs: list(ends.outputs) };
  const bare = lower(readKerasConfig(functionalJson(lists, options), null, createBudget()));
  const shapes = new Map(bare.layers.map(({ name, outputShape }) => [name, [null, ...outputShape]]));
  return networkFromJson(functionalJson(lists, options, shapes), options);
}

/**
 * A network from Keras's own `config.json` (Keras 2's `model_config` will do too).
 *
 * @throws ReadError `malformed` when it is none, `unsupported` when a layer cannot be trained here
 */
export function networkFromJson(json: KerasJson, options: BuildOptions = {}): Network {
  const config = readKerasConfig(json, null, createBudget());
  const lowered = lower(config);
  const weights = initialWeights(lowered, options.seed ?? 0);
  return createNetwork(config.name, json, config.className === "Sequential", lowered, weights, options);
}

/** Weights by the engine's names; a weight's numbers depend on the seed and on its place alone. */
function initialWeights(lowered: Lowered, seed: number): Map<string, Float32Array<ArrayBuffer>> {
  const random = new Random(seed);
  const weights = new Map<string, Float32Array<ArrayBuffer>>();
  for (const layer of lowered.layers) {
    for (const parameter of layer.parameters) {
      const own = new Random(random.nextUint32());
      const initializer = parameter.initializer ?? (/gamma|variance/.test(parameter.name) ? "ones" : "zeros");
      weights.set(parameter.engineName, initialValues(initializer, parameter.shape, own));
    }
  }
  return weights;
}

function createNetwork(
  name: string,
  json: KerasJson,
  isSequential: boolean,
  lowered: Lowered,
  weights: Map<string, Float32Array<ArrayBuffer>>,
  options: BuildOptions,
): Network {
  let compiled: Compiled | null = null;
  const engines = createEngines(lowered.graph, weights, options);
  const take = (names: readonly LoweredLayer["parameters"][number][]): Float32Array<ArrayBuffer>[] => {
    engines.gather();
    return names.map((parameter) => weights.get(parameter.engineName)!.slice());
  };
  const put = (
    parameters: LoweredLayer["parameters"],
    values: readonly Float32Array[],
    owner: string,
  ): void => {
    if (values.length !== parameters.length) {
      throw new ReadError(
        "bad-option",
        `${owner} has ${parameters.length} weights (${parameters.map((each) => each.name).join(", ")}), ${values.length} were given.`,
      );
    }
    parameters.forEach((parameter, i) => {
      const target = weights.get(parameter.engineName)!;
      if (values[i]!.length !== target.length) {
        throw new ReadError(
          "bad-option",
          `${owner}: ${parameter.name} has shape (${parameter.shape.join(", ")}), ${target.length} numbers; ${values[i]!.length} were given.`,
        );
      }
    });
    engines.gather();
    for (const [i, parameter] of parameters.entries()) weights.get(parameter.engineName)!.set(values[i]!);
    engines.scatter();
  };
  const everything = lowered.layers.flatMap((layer) => layer.parameters);
  const network: Network = {
    name,
    json,
    graph: lowered.graph,
    layers: lowered.layers
      .filter((layer) => !(isSequential && layer.className === "InputLayer"))
      .map((layer) => ({
        ...layer,
        getWeights: () => take(layer.parameters),
        setWeights: (values) => put(layer.parameters, values, `Layer ${JSON.stringify(layer.name)}`),
      })),
    get compiled() {
      return compiled;
    },
    inputShape: lowered.inputShapes[0]!,
    outputShape: lowered.outputShape,
    countParams: () => everything.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    compile(given) {
      compiled = settle(given);
      engines.compile(compiled);
    },
    fit: (inputs, targets, fitOptions = {}) => fit(network, engines, inputs, targets, fitOptions),
    evaluate: async (inputs, targets, { batchSize = 32 } = {}) =>
      evaluateOn(network, engines, inputs, targets, batchSize),
    predict: async (inputs, { batchSize = 32 } = {}) => predictOn(network, engines, inputs, batchSize),
    getWeights: () => take(everything),
    setWeights: (values) => put(everything, values, "The network"),
    engine: (key) => engines.get(key),
    toModel: () => toModel(network),
    summary: (options) => renderSummary(toModel(network), options),
    close: () => engines.close(),
  };
  return network;
}
