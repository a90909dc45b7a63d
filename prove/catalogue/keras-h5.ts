import { type H5Group, type H5Layout, hdf5 } from "../writers/hdf5.ts";
import { group, weightDataset, weightsTree } from "../writers/keras-files.ts";
import { float32Weight } from "../writers/weight.ts";
import { type Case, fine, refusal, swapText } from "./case.ts";
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
