import type { Flatbuffer, FlatTable } from "../../codec/flatbuffer.ts";
import type { ConvLayer, LayerKind } from "../../model/model.ts";
import type { Operator } from "./graph.ts";
import { FIELDS } from "./schema.ts";

/** How an operator uses its kernel, as far as its kind alone says it. */
export interface ConvOperator {
  readonly kind: LayerKind;
  readonly axisOrder: string;
  /** Numbers of the operator's inputs. */
  readonly kernel: number;
  readonly input: number;
  /** -1: it has none. */
  readonly bias: number;
  /** Fields of its options by spatial axis (depth, height, width); absent where the options are not read. */
  readonly options?: { readonly strides: readonly number[]; readonly dilation: readonly number[] };
}

/** Fields that Conv2DOptions, DepthwiseConv2DOptions, … keep padding, strides and dilation in; padding is 0. */
const PLANE = { strides: [2, 1], dilation: [5, 4] };
const VOLUME = { strides: [1, 3, 2], dilation: [5, 7, 6] };

/**
 * Convolutions by the operator's name. Custom ones are MediaPipe's transposed convolution and TensorFlow's own
 * operators, which TensorFlow Lite calls by `Flex` and their name and which keep TensorFlow's axes.
 */
const CONVOLUTIONS: Readonly<Record<string, ConvOperator>> = {
  CONV_2D: { kind: "conv", axisOrder: "OHWI", kernel: 1, input: 0, bias: 2, options: PLANE },
  DEPTHWISE_CONV_2D: {
    ...{ kind: "depthwise", axisOrder: "IHWO", kernel: 1, input: 0, bias: 2 },
    options: { strides: [2, 1], dilation: [6, 5] },
  },
  TRANSPOSE_CONV: {
    ...{ kind: "transposed", axisOrder: "OHWI", kernel: 1, input: 2, bias: 3 },
    options: { strides: [2, 1], dilation: [] },
  },
  CONV_3D: { kind: "conv", axisOrder: "DHWIO", kernel: 1, input: 0, bias: 2, options: VOLUME },
  CONV_3D_TRANSPOSE: {
    ...{ kind: "transposed", axisOrder: "DHWOI", kernel: 1, input: 2, bias: 3 },
    options: VOLUME,
  },
  Convolution2DTransposeBias: { kind: "transposed", axisOrder: "OHWI", kernel: 1, input: 0, bias: 2 },
  FlexConv2D: { kind: "conv", axisOrder: "HWIO", kernel: 1, input: 0, bias: -1 },
  FlexConv3D: { kind: "conv", axisOrder: "DHWIO", kernel: 1, input: 0, bias: -1 },
  FlexDepthwiseConv2dNative: { kind: "depthwise", axisOrder: "HWIM", kernel: 1, input: 0, bias: -1 },
  FlexConv2DBackpropInput: { kind: "transposed", axisOrder: "HWOI", kernel: 1, input: 2, bias: -1 },
  FlexConv3DBackpropInputV2: { kind: "transposed", axisOrder: "DHWOI", kernel: 1, input: 2, bias: -1 },
};

/** What is known of a convolution besides its kernel. */
export interface ConvFacts {
  readonly operator: ConvOperator;
  readonly strides: ConvLayer["strides"];
  readonly padding: ConvLayer["padding"];
  readonly dilation: ConvLayer["dilation"];
  /** Stated groups; null: they follow from the shapes. */
  readonly groups: number | null;
  readonly note?: string;
}

/** The convolution that an operator is; null when it is none. */
export async function readConvolution(
  file: Flatbuffer,
  { name, custom, table }: Operator,
): Promise<ConvFacts | null> {
  if (name === "STABLEHLO_CONVOLUTION" && !custom) return readStablehlo(file, table);
  const own = /^(Flex|Convolution2D)/.test(name) === custom && Object.hasOwn(CONVOLUTIONS, name);
  const operator = own ? CONVOLUTIONS[name]! : null;
  if (operator === null) return null;
  if (operator.options === undefined) return { operator, ...(await readCustom(file, name, table)) };
  const options = await file.child(table, FIELDS.operator.options);
  if (options === null) return { operator, ...UNKNOWN };
  const strides = operator.options.strides.map((field) => options.scalar(field, "int32", 0));
  const dilation = operator.options.dilation.map((field) => options.scalar(field, "int32", 1));
  const padding = (["same", "valid"] as const)[options.scalar(0, "int8", 0)] ?? null;
  return {
    operator,
    strides: strides.every((stride) => stride > 0) ? strides : null,
    padding,
    dilation: dilation.length === 0 ? strides.map(() => 1) : dilation.every((d) => d > 0) ? dilation : null,
    groups: null,
  };
}

const UNKNOWN = { strides: null, padding: null, dilation: null, groups: null };

/** MediaPipe keeps `TfLiteTransposeConvParams` as it stands in memory: padding, stride along width and height. */
async function readCustom(
  file: Flatbuffer,
  name: string,
  table: FlatTable,
): Promise<Omit<ConvFacts, "operator">> {
  const options = await file.vector(table, FIELDS.operator.customOptions, 1);
  if (name !== "Convolution2DTransposeBias" || options === null || options.length < 12) return UNKNOWN;
  const view = await file.bytes(options.start, 12);
  const strides = [view.getInt32(8, true), view.getInt32(4, true)];
  const padding = (["same", "valid"] as const)[view.getInt32(0, true) - 1];
  if (padding === undefined || !strides.every((stride) => stride > 0)) return UNKNOWN;
  return { strides, padding, dilation: [1, 1], groups: null };
}

/** StablehloConvolutionOptions: the axes of the kernel have numbers of their own. */
async function readStablehlo(file: Flatbuffer, table: FlatTable): Promise<ConvFacts | null> {
  const options = await file.child(table, FIELDS.operator.options2);
  if (options === null) return null;
  const spatial = (await file.numbers(options, 10, "int64")) ?? [];
  const letters = ["W", "HW", "DHW"][spatial.length - 1];
  if (letters === undefined) return null;
  const order = new Array<string>(spatial.length + 2).fill("");
  for (const [i, axis] of spatial.entries()) order[axis] = letters[i]!;
  order[options.scalar(8, "int64", 0)] = "I";
  order[options.scalar(9, "int64", 0)] = "O";
  const axisOrder = order.join("");
  if (axisOrder.length !== letters.length + 2) return null;
  const ones = spatial.map(() => 1);
  const pads = (await file.numbers(options, 1, "int64")) ?? spatial.flatMap(() => [0, 0]);
  const stretched = ((await file.numbers(options, 2, "int64")) ?? ones).some((factor) => factor > 1);
  const reversed = ((await file.numbers(options, 4, "bool")) ?? []).some((flag) => flag !== 0);
  const said = [
    ...(stretched ? ["Its input is dilated, as of a transposed convolution."] : []),
    ...(reversed ? ["It uses its kernel reversed."] : []),
  ];
  return {
    operator: { kind: "conv", axisOrder, kernel: 1, input: 0, bias: -1 },
    strides: (await file.numbers(options, 0, "int64")) ?? ones,
    padding: spatial.map((_, i) => [pads[i * 2] ?? 0, pads[i * 2 + 1] ?? 0] as const),
    dilation: (await file.numbers(options, 3, "int64")) ?? ones,
    groups: options.scalar(14, "int64", 1),
    ...(said.length === 0 ? {} : { note: said.join(" ") }),
  };
}
