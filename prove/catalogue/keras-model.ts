import type { LayerSpec } from "../models/layer.ts";
import { type H5Layout, type H5Node, hdf5 } from "../writers/hdf5.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import { group, weightDataset } from "../writers/keras-files.ts";
import { float32Weight } from "../writers/weight.ts";

/** The one convolution of the catalogue's Keras models. */
export const SPEC: LayerSpec = {
  name: "conv",
  kind: "conv",
  rank: 2,
  inputs: 2,
  outputs: 4,
  multiplier: 1,
  groups: 1,
  kernel: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  bias: false,
  dtype: "float32",
};
export const KERNEL = float32Weight(
  "kernel",
  [3, 3, 2, 4],
  Array.from({ length: 72 }, (_, at) => at),
);
export const CONFIG = JSON.stringify(kerasConfig([SPEC], 2, [16, 16]));
export const HONEST = weightDataset(KERNEL, false);

/** A whole Keras model whose kernel is `node`. */
export function kerasModel(
  layout: H5Layout,
  node: H5Node,
  more: readonly (readonly [string, H5Node])[] = [],
  config: string | null = CONFIG,
): Uint8Array<ArrayBuffer> {
  const names = { weight_names: ["conv/kernel:0"] };
  const inner = group([["conv", group([["conv", group([["kernel:0", node]])]], names)]], {
    layer_names: ["conv"],
    backend: "tensorflow",
    keras_version: "2.15.0",
  });
  return hdf5(
    group([["model_weights", inner], ...more], {
      keras_version: "2.15.0",
      ...(config === null ? {} : { model_config: config }),
    }),
    layout,
  );
}
