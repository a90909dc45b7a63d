import type { Compiled } from "../compile.ts";
import type { Json } from "../layer.ts";
import type { Network } from "../network.ts";
import { type StoredArray, type StoredGroup, writeHdf5 } from "./hdf5-writer.ts";
import { keras2Json, keras2Value } from "./keras-2-json.ts";
import { compileConfig } from "./keras-optimizer.ts";

/** The last Keras 2; tf_keras reads the same files. */
const KERAS_VERSION = "2.15.0";

/**
 * The network as a whole-model `.h5` of Keras 2, which `tf_keras.models.load_model` opens: architecture, weights and
 * what it was compiled with. The optimizer begins anew.
 *
 * @throws ReadError `unsupported` when Keras 2 has no such activation
 */
export async function saveKerasH5(network: Network): Promise<Uint8Array<ArrayBuffer>> {
  const about = { backend: "tensorflow", keras_version: KERAS_VERSION };
  const compile = network.compiled === null ? null : trainingConfig(network.compiled);
  const training: Record<string, string> =
    compile === null ? {} : { training_config: JSON.stringify(compile) };
  const layers = new Map(network.layers.map((layer) => [layer.name, layerGroup(layer)]));
  const weights: StoredGroup = {
    attributes: { ...about, layer_names: [...layers.keys()] },
    groups: layers,
  };
  return writeHdf5({
    attributes: { ...about, model_config: JSON.stringify(keras2Json(network.json)), ...training },
    groups: new Map([["model_weights", weights]]),
  });
}

/** `<layer>/<layer>/kernel:0`, listed in the attribute `weight_names`. */
function layerGroup(layer: Network["layers"][number]): StoredGroup {
  if (layer.parameters.length === 0) return {};
  const values = layer.getWeights();
  const arrays = new Map(
    layer.parameters.map(({ name, shape }, i): [string, StoredArray] => [
      `${name}:0`,
      { data: values[i]!, shape },
    ]),
  );
  return {
    attributes: { weight_names: [...arrays.keys()].map((name) => `${layer.name}/${name}`) },
    groups: new Map([[layer.name, { arrays }]]),
  };
}

/**
 * Keras 2's form of `compile_config`. Null with weight decay, which the optimizers that Keras 2 makes from `.h5` files
 * do not take: better to compile anew than not to open.
 */
function trainingConfig(compiled: Compiled): { readonly [key: string]: Json } | null {
  if (compiled.optimizer.spec.weightDecay !== undefined) return null;
  const { optimizer, loss, metrics } = compileConfig(compiled);
  return {
    loss: keras2Value(loss ?? null),
    metrics: keras2Value(metrics ?? []),
    weighted_metrics: null,
    loss_weights: null,
    optimizer_config: stated(keras2Value(optimizer ?? null)),
  };
}

/** Without the settings that are null: Keras 2 refuses those that it does not know, whatever their value. */
function stated(value: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, stated(inner)]));
}
