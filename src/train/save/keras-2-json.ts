import { ReadError } from "../../errors.ts";
import type { KerasJson } from "../keras-json.ts";
import type { Json } from "../layer.ts";

type Config = { readonly [key: string]: Json };

/** What Keras 3 writes into configs and Keras 2 does not take; none of it changes what is computed. */
const NEWER: readonly string[] = ["optional", "quantization_config", "lora_rank", "lora_alpha"];

/** Activations that Keras 2 knows by the same name and with the same formula. */
const ACTIVATIONS: ReadonlySet<string> = new Set([
  "linear",
  "relu",
  "elu",
  "selu",
  "gelu",
  "sigmoid",
  "softmax",
  "softplus",
  "softsign",
  "swish",
  "tanh",
  "exponential",
]);

/**
 * A network's config in Keras 2's dialect, as its `.h5` files and tf_keras hold it.
 *
 * @throws ReadError `unsupported` when Keras 2 has no such activation, or another one by that name
 */
export function keras2Json(json: KerasJson): KerasJson {
  const config = asConfig(json.config);
  const layers = Array.isArray(config.layers) ? (config.layers as readonly Config[]) : [];
  const ends = Object.fromEntries(
    ["input_layers", "output_layers"]
      .filter((key) => config[key] !== undefined)
      .map((key) => [key, tensorList(config[key]!)]),
  );
  const className = json.class_name === "Sequential" ? "Sequential" : "Functional";
  return {
    class_name: className,
    config: { name: config.name ?? "model", layers: layers.map(layerJson), ...ends },
  };
}

/** An object of Keras 3 (`{module, class_name, config, registered_name}`) as Keras 2 writes it; others as they are. */
export function keras2Value(value: Json): Json {
  if (Array.isArray(value)) return value.map(keras2Value);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Config;
  if (typeof object.class_name === "string" && object.class_name === "DTypePolicy")
    return asConfig(object.config).name ?? "float32";
  const entries = Object.entries(object).filter(
    ([key]) => !("class_name" in object && ["module", "registered_name", "build_config"].includes(key)),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, keras2Value(inner)]));
}

function layerJson(layer: Config): Config {
  const className = String(layer.class_name);
  const given = asConfig(keras2Value(layer.config ?? {}));
  const name = String(given.name ?? layer.name);
  const entries = Object.entries(given).flatMap(([key, value]): [string, Json][] => {
    if (NEWER.includes(key)) return [];
    if (key === "batch_shape") return [["batch_input_shape", value]];
    if (key === "negative_slope" && className === "LeakyReLU") return [["alpha", value]];
    return [[key, key === "activation" ? activationOf(value, name) : value]];
  });
  const nodes = layer.inbound_nodes;
  return {
    class_name: className,
    config: Object.fromEntries(entries),
    ...(nodes === undefined ? {} : { name, inbound_nodes: (nodes as readonly Json[]).map(inboundNode) }),
  };
}

function activationOf(value: Json, layer: string): Json {
  if (typeof value !== "string") return value;
  const name = value === "silu" ? "swish" : value;
  if (ACTIVATIONS.has(name)) return name;
  throw new ReadError(
    "unsupported",
    `Layer ${JSON.stringify(layer)} has the activation ${JSON.stringify(value)}, which Keras 2 does not have or computes otherwise: use --to keras.`,
  );
}

/** `[[layer, node, tensor, {}], …]` out of Keras 3's `{args, kwargs}`. */
function inboundNode(node: Json): Json {
  if (Array.isArray(node)) return node;
  return historiesIn(asConfig(node).args ?? []).map((history) => [...(history as readonly Json[]), {}]);
}

function historiesIn(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value.flatMap(historiesIn);
  const history = asConfig(asConfig(value).config ?? null).keras_history;
  return history === undefined ? [] : [history];
}

/** Keras 3 writes one tensor without a list around it. */
function tensorList(value: Json): Json {
  return Array.isArray(value) && typeof value[0] === "string" ? [value] : value;
}

function asConfig(value: Json | undefined): Config {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Config) : {};
}
