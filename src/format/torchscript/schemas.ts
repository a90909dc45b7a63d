import type { ScriptValue } from "./value.ts";

const CONV = ["input", "weight", "bias", "stride", "padding", "dilation", "groups"];
const TRANSPOSED = ["input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"];
const GENERAL = [
  "input",
  "weight",
  "bias",
  "stride",
  "padding",
  "dilation",
  "transposed",
  "output_padding",
  "groups",
];
const PREPACK = ["weight", "bias", "stride", "padding", "dilation", "groups"];
const PREPACK_TRANSPOSED = ["weight", "bias", "stride", "padding", "output_padding", "dilation", "groups"];
const NORM = ["input", "weight", "bias", "running_mean", "running_var", "training", "momentum", "eps"];

/** Names of positional arguments (aten/src/ATen/native/native_functions.yaml), of the operators that are followed. */
const SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  conv1d: CONV,
  conv2d: CONV,
  conv3d: CONV,
  conv_transpose1d: TRANSPOSED,
  conv_transpose2d: TRANSPOSED,
  conv_transpose3d: TRANSPOSED,
  convolution: GENERAL,
  _convolution: GENERAL,
  _convolution_mode: CONV,
  mkldnn_convolution: ["input", "weight", "bias", "padding", "stride", "dilation", "groups"],
  batch_norm: NORM,
  permute: ["self", "dims"],
  transpose: ["self", "dim0", "dim1"],
  view: ["self", "size"],
  reshape: ["self", "shape"],
  unsqueeze: ["self", "dim"],
  "quantized.conv1d_prepack": PREPACK,
  "quantized.conv2d_prepack": PREPACK,
  "quantized.conv3d_prepack": PREPACK,
  "quantized.conv_prepack": PREPACK,
  "quantized.conv_transpose1d_prepack": PREPACK_TRANSPOSED,
  "quantized.conv_transpose2d_prepack": PREPACK_TRANSPOSED,
  "quantized.conv_transpose3d_prepack": PREPACK_TRANSPOSED,
};

/** The arguments of an operator by the names of its schema; `self`, `#1`, `#2`, … where it is not known. */
export function namedArguments(
  operator: string,
  args: readonly ScriptValue[],
  keywords: ReadonlyMap<string, ScriptValue>,
): Map<string, ScriptValue> {
  const names = Object.hasOwn(SCHEMAS, operator) ? SCHEMAS[operator]! : ["self"];
  const named = new Map<string, ScriptValue>();
  for (const [i, value] of args.entries()) named.set(names[i] ?? `#${i}`, value);
  for (const [name, value] of keywords) named.set(name, value);
  return named;
}
