import type { LayerSpec } from "../models/layer.ts";
import { encode, message, type ProtoMessage, type ProtoValue, packed } from "./protobuf.ts";
import { valuesOf, type Weight } from "./weight.ts";

/** `TensorProto.DataType` numbers. */
const TYPES: Readonly<Record<string, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  float8_e4m3fn: 17,
  float8_e4m3fnuz: 18,
  float8_e5m2: 19,
  float8_e5m2fnuz: 20,
};

/** Where a tensor's values stand. */
export type TensorForm = "raw" | "typed" | { readonly location: string; readonly offset: number };

/** A TensorProto of `weight`. */
export function tensorProto(weight: Weight, form: TensorForm = "raw"): ProtoMessage {
  const { name, dtype, shape, bytes } = weight;
  const dims = shape.map((extent) => [1, extent] as const);
  const common = [...dims, [2, TYPES[dtype]] as const];
  if (form === "raw") return message(...common, [8, name], [9, bytes]);
  if (form === "typed") return message(...common, ...typedValues(weight), [8, name]);
  const entry = (key: string, value: string): readonly [number, ProtoValue] => [
    13,
    message([1, key], [2, value]),
  ];
  return message(
    ...common,
    [8, name],
    entry("location", form.location),
    entry("offset", String(form.offset)),
    entry("length", String(bytes.length)),
    [14, 1],
  );
}

/** The typed field of a dtype: floats as they are, what is smaller as the bits of int32_data. */
function typedValues({ dtype, shape, bytes }: Weight): readonly (readonly [number, ProtoValue])[] {
  const count = valuesOf(shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const each = (at: (index: number) => number | bigint): Uint8Array =>
    packed(Array.from({ length: count }, (_, i) => at(i)));
  switch (dtype) {
    case "float32":
      return [[4, bytes]];
    case "float64":
      return [[10, bytes]];
    case "int64":
      return [[7, each((i) => view.getBigInt64(i * 8, true))]];
    case "uint64":
      return [[11, each((i) => view.getBigUint64(i * 8, true))]];
    case "uint32":
      return [[11, each((i) => view.getUint32(i * 4, true))]];
    case "int32":
      return [[5, each((i) => view.getInt32(i * 4, true))]];
    case "int16":
      return [[5, each((i) => view.getInt16(i * 2, true))]];
    case "int8":
      return [[5, each((i) => view.getInt8(i))]];
    case "uint16":
    case "float16":
    case "bfloat16":
      return [[5, each((i) => view.getUint16(i * 2, true))]];
    default:
      return [[5, each((i) => view.getUint8(i))]];
  }
}

/** An attribute: a number, a list of numbers, text, a tensor or a graph. */
export function attribute(
  name: string,
  value: number | readonly number[] | string | { tensor?: ProtoMessage; graph?: ProtoMessage },
): ProtoMessage {
  if (typeof value === "number") return message([1, name], [3, value], [20, 2]);
  if (typeof value === "string") return message([1, name], [4, value], [20, 3]);
  if (Array.isArray(value)) return message([1, name], ...value.map((one) => [8, one] as const), [20, 7]);
  const { tensor, graph } = value as { tensor?: ProtoMessage; graph?: ProtoMessage };
  return message([1, name], [5, tensor], [6, graph], [20, tensor === undefined ? 5 : 4]);
}

/** A NodeProto. */
export function nodeProto(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  name: string,
  attributes: readonly ProtoMessage[] = [],
  domain?: string,
): ProtoMessage {
  return message(
    ...inputs.map((input) => [1, input] as const),
    ...outputs.map((output) => [2, output] as const),
    [3, name],
    [4, operator],
    ...attributes.map((one) => [5, one] as const),
    [7, domain],
  );
}

/** A GraphProto of nodes and initializers. */
export function graphProto(nodes: readonly ProtoMessage[], tensors: readonly ProtoMessage[]): ProtoMessage {
  const value = (name: string): ProtoMessage => message([1, name], [2, message([1, message([1, 1])])]);
  return message(
    ...nodes.map((node) => [1, node] as const),
    [2, "graph"],
    ...tensors.map((tensor) => [5, tensor] as const),
    [11, value("x")],
    [12, value("y")],
  );
}

/** A ModelProto of a graph, and functions where there are some. */
export function modelProto(graph: ProtoMessage, functions: readonly ProtoMessage[] = []): ProtoMessage {
  return message(
    [1, 10],
    [2, "proof"],
    [7, graph],
    [8, message([1, ""], [2, 22])],
    ...functions.map((one) => [25, one] as const),
  );
}

/** The node of a convolution whose weights are called as PyTorch calls them. */
export function convNode({
  name,
  kind,
  strides,
  dilation,
  groups,
  kernel,
  bias,
  inputs,
}: LayerSpec): ProtoMessage {
  const all = [
    attribute("kernel_shape", kernel),
    attribute("strides", strides),
    attribute("dilations", dilation),
    attribute("group", kind === "depthwise" ? inputs : groups),
  ];
  const names = ["x", `${name}.weight`, ...(bias ? [`${name}.bias`] : [])];
  return nodeProto(kind === "transposed" ? "ConvTranspose" : "Conv", names, [`${name}.y`], name, all);
}

/** An ONNX file of convolutions; each tensor in the form that `form` says. */
export function onnx(
  specs: readonly LayerSpec[],
  weights: readonly Weight[],
  form: (weight: Weight) => TensorForm = () => "raw",
): Uint8Array<ArrayBuffer> {
  const tensors = weights.map((weight) => tensorProto(weight, form(weight)));
  return encode(modelProto(graphProto(specs.map(convNode), tensors)));
}
