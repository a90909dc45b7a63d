import type { LayerSpec } from "../models/layer.ts";
import { concat, little, utf8, type Weight } from "./weight.ts";

/** One convolution, its arrays in the order of the file. */
export interface DarknetLayer {
  readonly spec: LayerSpec;
  readonly parts: readonly Weight[];
}

/** The text of a .cfg for layers of square kernels. */
export function darknetConfig(layers: readonly DarknetLayer[]): string {
  const sections = layers.map(({ spec, parts }) =>
    [
      `[${spec.kind === "transposed" ? "deconvolutional" : "convolutional"}]`,
      ...(parts.length > 2 ? ["batch_normalize=1"] : []),
      `filters=${spec.outputs}`,
      `size=${spec.kernel[0]}`,
      `stride=${spec.strides[0]}`,
      `groups=${spec.kind === "depthwise" ? spec.inputs : spec.groups}`,
      "pad=1",
      "activation=linear",
    ].join("\n"),
  );
  const net = `[net]\nheight=64\nwidth=64\nchannels=${layers[0]?.spec.inputs ?? 1}`;
  return [net, ...sections].join("\n\n");
}

/** The two files; `header`: the first bytes of the weights. */
export function darknet(
  layers: readonly DarknetLayer[],
  header: Uint8Array = concat([little(0, 4), little(2, 4), little(5, 4), little(1, 8)]),
): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map([
    ["net.cfg", utf8(darknetConfig(layers))],
    ["net.weights", concat([header, ...layers.flatMap(({ parts }) => parts.map(({ bytes }) => bytes))])],
  ]);
}
