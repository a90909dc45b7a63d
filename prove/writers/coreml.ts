import type { LayerSpec } from "../models/layer.ts";
import { encode, message, type ProtoMessage, packed } from "./protobuf.ts";
import type { Weight } from "./weight.ts";

/** WeightParams: float32 as floats, float16 as bytes. */
export function weightParams({ dtype, bytes }: Weight): ProtoMessage {
  return message([dtype === "float16" ? 2 : 1, bytes]);
}

/** A NeuralNetworkLayer of a convolution of two or three axes. */
export function convLayerMessage(spec: LayerSpec, weights: readonly Weight[]): ProtoMessage {
  const { name, kind, rank, kernel, strides, dilation, inputs, outputs, bias } = spec;
  const groups = kind === "depthwise" ? inputs : spec.groups;
  const isUp = kind === "transposed";
  const [kernelWeights, biasWeights] = weights.map(weightParams);
  const flags = bias ? 1 : 0;
  const parameters =
    rank === 3
      ? message(
          [1, outputs],
          [2, inputs],
          [10, groups],
          ...kernel.map((extent, axis) => [20 + axis, extent] as const),
          ...strides.map((stride, axis) => [31 + axis, stride] as const),
          ...dilation.map((step, axis) => [40 + axis, step] as const),
          [50, flags],
          [60, kernelWeights],
          [61, biasWeights],
          [70, 1],
          [86, isUp ? 1 : 0],
        )
      : message(
          [1, outputs],
          [2, isUp ? inputs : inputs / groups],
          [10, groups],
          [20, packed(kernel)],
          [30, packed(strides)],
          [40, packed(dilation)],
          [50, message()],
          [60, isUp ? 1 : 0],
          [70, flags],
          [90, kernelWeights],
          [91, biasWeights],
        );
  return message([1, name], [2, "x"], [3, `${name}.y`], [rank === 3 ? 1471 : 100, parameters]);
}

/** A Model that is a neural network of layers. */
export function networkModel(layers: readonly ProtoMessage[]): ProtoMessage {
  const feature = (name: string): ProtoMessage => message([1, name], [3, message([5, message([2, 65568])])]);
  return message(
    [1, 4],
    [2, message([1, feature("x")], [10, feature("y")])],
    [500, message(...layers.map((layer) => [1, layer] as const))],
  );
}

/** An `.mlmodel` of convolutions; `weightsOf` each. */
export function coreml(
  specs: readonly LayerSpec[],
  weightsOf: (spec: LayerSpec) => readonly Weight[],
): Uint8Array<ArrayBuffer> {
  return encode(networkModel(specs.map((spec) => convLayerMessage(spec, weightsOf(spec)))));
}
