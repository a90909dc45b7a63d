import type { LayerSpec } from "./layer.ts";
import type { ModelFiles } from "./random-model.ts";

/** A plain float32 convolution of one filter with one input and one weight, or with what `own` says instead. */
export function smallSpec(name: string, own: Partial<LayerSpec> = {}): LayerSpec {
  const both = [1, 1] as const;
  return {
    name,
    kind: "conv",
    rank: 2,
    inputs: 1,
    outputs: 1,
    multiplier: 1,
    groups: 1,
    kernel: both,
    strides: both,
    dilation: both,
    bias: false,
    dtype: "float32",
    ...own,
  };
}

/** A model that is one file. */
export function oneFile(main: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles {
  return { main, files: new Map([[main, bytes]]) };
}
