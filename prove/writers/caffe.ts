import type { LayerSpec } from "../models/layer.ts";
import { encode, message, type ProtoMessage, packed } from "./protobuf.ts";
import type { Weight } from "./weight.ts";

/** A BlobProto: with a shape, or with the four extents of old; float64 in double_data. */
export function blobProto({ dtype, shape, bytes }: Weight, old = false): ProtoMessage {
  const values = [dtype === "float64" ? 8 : 5, bytes] as const;
  if (!old) return message(values, [7, message([1, packed(shape)])]);
  const extents = [...new Array<number>(4 - shape.length).fill(1), ...shape];
  return message(...extents.map((extent, axis) => [axis + 1, extent] as const), values);
}

/** A ConvolutionParameter of what differs from layer to layer. */
function convolution({
  kernel,
  strides,
  dilation,
  groups,
  kind,
  inputs,
  outputs,
  bias,
}: LayerSpec): ProtoMessage {
  return message(
    [1, outputs],
    [2, bias ? 1 : 0],
    ...kernel.map((extent) => [4, extent] as const),
    [5, kind === "depthwise" ? inputs : groups],
    ...strides.map((stride) => [6, stride] as const),
    ...dilation.map((step) => [18, step] as const),
  );
}

/** The layer of a convolution in Caffe's present form, or in that of 2013 (`old`). */
export function convLayerProto(spec: LayerSpec, weights: readonly Weight[], old = false): ProtoMessage {
  const isUp = spec.kind === "transposed";
  const blobs = weights.map((weight) => [old ? 6 : 7, blobProto(weight, old)] as const);
  if (old)
    return message([2, "x"], [3, spec.name], [4, spec.name], [5, isUp ? 39 : 4], ...blobs, [
      10,
      convolution(spec),
    ]);
  return message(
    [1, spec.name],
    [2, isUp ? "Deconvolution" : "Convolution"],
    [3, "x"],
    [4, spec.name],
    ...blobs,
    [106, convolution(spec)],
  );
}

/** A NetParameter of layers. */
export function netProto(layers: readonly ProtoMessage[], old = false): ProtoMessage {
  return message([1, "net"], ...layers.map((layer) => [old ? 2 : 100, layer] as const));
}

/** A `.caffemodel` of convolutions; `weights` of each. */
export function caffe(
  specs: readonly LayerSpec[],
  weightsOf: (spec: LayerSpec) => readonly Weight[],
  old = false,
): Uint8Array<ArrayBuffer> {
  return encode(
    netProto(
      specs.map((spec) => convLayerProto(spec, weightsOf(spec), old)),
      old,
    ),
  );
}
