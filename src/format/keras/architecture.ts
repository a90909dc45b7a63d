import type { Architecture, ArchitectureLayer } from "../../model/model.ts";
import { byteLengthOf, countOf, isDType } from "../../tensor/dtype.ts";
import type { KerasConfig, KerasLayer } from "./config.ts";
import { isSeed, isTrained } from "./trained.ts";

/** One stored weight of a layer, as the file's directory states it. */
export interface LayerWeight {
  /** The last part of its name without `:0` (`kernel`, `moving_mean`), or its index in Keras 3 files (`0`). */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** The weights that a file holds, joined with the layers of its config. */
export interface FileWeights {
  /**
   * Weights in file order by the layer's path: names joined with `/` from the top of the model
   * (`conv2d`, `encoder/conv2d`). Weights of wrapped layers stand under the wrapper's path or under
   * `wrapper/inner`; weights of a nested model may stand under its own path when they cannot be told apart.
   */
  readonly byLayer: ReadonlyMap<string, readonly LayerWeight[]>;
  /** The optimizer's variables; null when the file holds none. */
  readonly optimizer: readonly LayerWeight[] | null;
}

interface Tally {
  readonly parameters: number;
  readonly nonTrainable: number;
  readonly bytes: number;
  readonly nonTrainableBytes: number;
}

const NOTHING: Tally = { parameters: 0, nonTrainable: 0, bytes: 0, nonTrainableBytes: 0 };

/**
 * The architecture of a config with the parameters that the file holds for it, counted as Keras counts them:
 * moving statistics and layers that are not trainable are non-trainable, random seeds are no parameters.
 */
export function toArchitecture(config: KerasConfig, weights: FileWeights): Architecture {
  const all = config.layers
    .map((layer) => tallyOf(layer, layer.name, config.trainable, weights))
    .reduce(plus, NOTHING);
  const optimizer = builtOptimizer(config.optimizer, weights.optimizer);
  return {
    name: config.name,
    className: config.className,
    framework: config.kerasVersion === null ? null : `keras ${config.kerasVersion}`,
    branching: config.branching,
    layers: config.layers.map((layer) => toLayer(layer, layer.name, config.trainable, weights)),
    optimizerParameters: optimizer?.parameters ?? null,
    parameterBytes: {
      total: all.bytes,
      trainable: all.bytes - all.nonTrainableBytes,
      nonTrainable: all.nonTrainableBytes,
      optimizer: optimizer?.bytes ?? 0,
    },
  };
}

/** Recursion is bounded: `readKerasConfig` refuses configs nested deeper than the budget's depth. */
function toLayer(layer: KerasLayer, path: string, trained: boolean, weights: FileWeights): ArchitectureLayer {
  const tally = tallyOf(layer, path, trained, weights);
  const below = trained && isTrainable(layer);
  const last = layer.calls.at(-1);
  return {
    name: layer.name,
    className: layer.className,
    outputShapes: last?.outputShapes ?? layer.outputShapes,
    outputsDiffer: layer.calls.length > 1 && layer.outputShapes === null && last?.outputShapes !== null,
    parameters: tally.parameters,
    nonTrainable: tally.nonTrainable,
    trainable: isTrainable(layer),
    built: tally.parameters > 0 || last !== undefined || layer.outputShapes !== null,
    inbound: layer.inbound,
    layers: layer.layers?.map((child) => toLayer(child, `${path}/${child.name}`, below, weights)),
  };
}

/** Everything that belongs to a layer: its own weights, those of the layers it wraps and of a nested model's. */
function tallyOf(layer: KerasLayer, path: string, trained: boolean, weights: FileWeights): Tally {
  const below = trained && isTrainable(layer);
  const stored = (weights.byLayer.get(path) ?? []).filter((weight) => !isSeed(weight));
  const own = stored.map((weight, index) => tallyWeight(weight, below && isTrained(layer, stored, index)));
  const children = [...(layer.inner ?? []), ...(layer.layers ?? [])];
  const inside = children.map((child) => tallyOf(child, `${path}/${child.name}`, below, weights));
  return [...own, ...inside].reduce(plus, NOTHING);
}

function isTrainable(layer: KerasLayer): boolean {
  return layer.config.trainable !== false;
}

function tallyWeight(weight: LayerWeight, trained: boolean): Tally {
  const parameters = countOf(weight.shape);
  const bytes = isDType(weight.dtype) ? byteLengthOf(weight.dtype, parameters) : 0;
  return {
    parameters,
    bytes,
    nonTrainable: trained ? 0 : parameters,
    nonTrainableBytes: trained ? 0 : bytes,
  };
}

function plus(a: Tally, b: Tally): Tally {
  return {
    parameters: a.parameters + b.parameters,
    nonTrainable: a.nonTrainable + b.nonTrainable,
    bytes: a.bytes + b.bytes,
    nonTrainableBytes: a.nonTrainableBytes + b.nonTrainableBytes,
  };
}

/**
 * The optimizer's state when it was built. A compiled model that was never fitted stores only the optimizer's
 * scalars (iteration, learning rate); Keras then prints no line for it. Plain SGD never has more.
 */
function builtOptimizer(className: string | null, variables: readonly LayerWeight[] | null): Tally | null {
  if (variables === null || variables.length === 0) return null;
  const built = className === "SGD" || variables.some((variable) => variable.shape.length > 0);
  return built ? variables.map((variable) => tallyWeight(variable, true)).reduce(plus, NOTHING) : null;
}
