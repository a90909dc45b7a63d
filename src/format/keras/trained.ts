import type { LayerWeight } from "./architecture.ts";
import type { KerasLayer } from "./config.ts";

/** Names of weights that no optimizer changes, whatever layer holds them. */
const STATISTICS: ReadonlySet<string> = new Set([
  "moving_mean",
  "moving_variance",
  "moving_stddev",
  "renorm_mean",
  "renorm_stddev",
  "vector_u",
  "vector_v",
  "sn_u",
  "kernel_scale",
  "embeddings_scale",
  "inputs_scale",
]);

/** How many of a layer's last weights are statistics, for files that number weights instead of naming them. */
const TRAILING_STATISTICS: ReadonlyMap<string, number> = new Map([
  ["BatchNormalization", 2],
  ["BatchNormalizationV1", 2],
  ["SyncBatchNormalization", 2],
  ["SpectralNormalization", 1],
]);

/** Layers whose weights are all computed by `adapt`, never trained. */
const ADAPTED: ReadonlySet<string> = new Set(["Normalization"]);

/** Whether `weight` is the state of a random generator, which Keras does not count as a parameter. */
export function isSeed(weight: LayerWeight): boolean {
  if (weight.name.includes("seed_generator_state")) return true;
  return weight.dtype === "uint32" && weight.shape.length === 1 && weight.shape[0] === 2;
}

/** Whether an optimizer changes `stored[index]` when its layer is trainable. */
export function isTrained(layer: KerasLayer, stored: readonly LayerWeight[], index: number): boolean {
  const weight = stored[index];
  if (weight === undefined || STATISTICS.has(weight.name) || ADAPTED.has(layer.className)) return false;
  if (stored.some((other) => other.dtype === "int8" || other.dtype === "uint8"))
    return isQuantizedBias(weight, stored);
  const owner = statisticsOwner(layer);
  return index < stored.length - (TRAILING_STATISTICS.get(owner.className) ?? 0) || isNamed(weight);
}

/** A quantised layer keeps an integer kernel and its scale, both fixed; only the bias is trained. */
function isQuantizedBias(weight: LayerWeight, stored: readonly LayerWeight[]): boolean {
  return weight.name === "bias" || (weight.name === "1" && stored.length === 3);
}

/** A wrapper's weights that are listed under the wrapper follow the rule of the layer inside. */
function statisticsOwner(layer: KerasLayer): KerasLayer {
  let owner = layer;
  while (!TRAILING_STATISTICS.has(owner.className) && owner.inner?.[0] !== undefined) owner = owner.inner[0];
  return owner;
}

function isNamed(weight: LayerWeight): boolean {
  return !/^\d+$/.test(weight.name);
}
