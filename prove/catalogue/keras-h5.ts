import { type H5Group, type H5Layout, hdf5 } from "../writers/hdf5.ts";
import { group, weightDataset, weightsTree } from "../writers/keras-files.ts";
import { float32Weight } from "../writers/weight.ts";
import { type Case, fine, folder, refusal, swapText } from "./case.ts";
import { CONFIG, HONEST, KERNEL, kerasModel, SPEC } from "./keras-model.ts";

/** The convolution's own entry of a config. */
function layerOf(text: string): unknown {
  return (JSON.parse(text) as { config: { layers: unknown[] } }).config.layers[1];
}

/** What Keras writes into HDF5 and how it can contradict itself. */
export function kerasH5Cases(layout: H5Layout): readonly Case[] {
  /** A config that says something else, the weights being honest. */
  function config(name: string, text: string, code: Case["code"] & string): Case {
    return refusal(`config: ${name}`, "a.h5", kerasModel(layout, HONEST, [], text), code);
  }

  const tree = (layerNames: readonly string[], weightNames: readonly string[]): H5Group =>
    group([["conv", group([["conv", group([["kernel:0", HONEST]])]], { weight_names: weightNames })]], {
      layer_names: layerNames,
      backend: "tensorflow",
      keras_version: "2.15.0",
    });

  return [
    config("not JSON", "{", "malformed"),
    config("a key twice", swapText(CONFIG, '"name":', '"name":"x","name":'), "ambiguous"),
    config("nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "limit"),
    config(
      "two layers of one name",
      swapText(CONFIG, '"layers":[', `"layers":[${JSON.stringify(layerOf(CONFIG))},`),
      "ambiguous",
    ),
    fine(
      "a layer that is not there",
      "a.h5",
      hdf5(tree(["conv", "lost"], ["conv/kernel:0"]), layout),
      "lost",
    ),
    fine(
      "a weight that is not there",
      "a.h5",
      hdf5(tree(["conv"], ["conv/kernel:0", "conv/bias:0"]), layout),
      "conv/bias:0",
    ),
    refusal("a layer twice", "a.h5", hdf5(tree(["conv", "conv"], ["conv/kernel:0"]), layout), "ambiguous"),
    refusal(
      "a weight twice",
      "a.h5",
      hdf5(tree(["conv"], ["conv/kernel:0", "conv/kernel:0"]), layout),
      "ambiguous",
    ),
    fine(
      "kernel that does not fit its config",
      "a.h5",
      kerasModel(layout, weightDataset(float32Weight("kernel", [5, 3, 2, 4], { length: 120 }), false)),
      "3×3",
    ),
    fine("Keras 3 weights", "a.weights.h5", hdf5(weightsTree([{ spec: SPEC, weights: [KERNEL] }]), layout)),
  ];
}

const MAP = "model.weights.json";
const [SHARD_A, SHARD_B] = ["model_00000.weights.h5", "model_00001.weights.h5"] as const;
const STORE = hdf5(weightsTree([{ spec: SPEC, weights: [KERNEL] }]), { symbols: true });

function weightMap(map: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ metadata: { total_size: 288 }, weight_map: map });
}

/** A map of `map` over two files that both are whole stores, unless `files` says otherwise. */
function sharded(
  name: string,
  text: string,
  code: Case["code"] & string,
  files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = { [SHARD_A]: STORE, [SHARD_B]: STORE },
): Case {
  return folder(name, MAP, { ...files, [MAP]: text }, code);
}

/** Keras weights in several files. */
export const kerasShardCases: readonly Case[] = [
  sharded(
    "a variable in two files",
    weightMap({ "/layers/conv2d/vars": [SHARD_A], "/x": [SHARD_B] }),
    "ambiguous",
  ),
  sharded(
    "a missing file",
    weightMap({ "/layers/conv2d/vars": [SHARD_A, "model_7.weights.h5"] }),
    "missing-sibling",
  ),
  sharded("a number for a file", weightMap({ "/layers/conv2d/vars": [7, SHARD_A] }), "refused"),
  sharded("a path for a file", weightMap({ "/layers/conv2d/vars": [`../${SHARD_A}`] }), "refused"),
  sharded("a key twice", `{"weight_map":{"/a":["${SHARD_A}"],"/a":["${SHARD_B}"]}}`, "ambiguous"),
  sharded("no map", '{"metadata":{"total_size":1}}', "unsupported"),
  sharded("a file that is none", weightMap({ "/layers/conv2d/vars": [SHARD_A] }), "malformed", {
    [SHARD_A]: "no HDF5 at all, but long enough to be one",
  }),
  sharded("a file cut short", weightMap({ "/layers/conv2d/vars": [SHARD_A] }), "truncated", {
    [SHARD_A]: STORE.slice(0, -9),
  }),
];
