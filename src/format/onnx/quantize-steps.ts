import type { Values } from "../../tensor/decode.ts";
import { countOf, DTYPES, isDType } from "../../tensor/dtype.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import { castTensor, dequantizedTensor, isQuantized, quantizedTensor, type ScaleLayout } from "./computed.ts";
import { type Constant, numbersOf, stepped, unreadableConstant } from "./constant.ts";
import { dtypeName } from "./data-types.ts";
import type { Step, StepInputs } from "./reshape-steps.ts";

/** ONNX's operators that change the type of values: what they make of a constant is the framework's to the bit. */
export const QUANTIZE_STEPS: ReadonlyMap<string, Step> = new Map<string, Step>([
  ["Cast", async (value, { int }) => cast(value, dtypeName(int("to", 0)))],
  ["DequantizeLinear", dequantizeLinear],
  ["QuantizeLinear", quantizeLinear],
]);

/** Exponent and precision of a wider type hold every value of these. */
const EXACT: Readonly<Record<string, RegExp>> = {
  float32: /^(float(16|32)|bfloat16|float8.*|u?int(4|8|16)|bool)$/,
  float64: /^(float(16|32|64)|bfloat16|float8.*|u?int(4|8|16|32)|bool)$/,
  float16: /^(float16|float8.*|u?int(4|8)|bool)$/,
  bfloat16: /^(bfloat16|float8.*|u?int(4|8)|bool)$/,
};

function cast(value: Constant, to: string): Constant {
  const { dtype, tensor } = value;
  if (to === dtype || (Object.hasOwn(EXACT, to) && EXACT[to]!.test(dtype)))
    return stepped(value, tensor, { dtype: to });
  if (dtype === "float32" && (to === "float16" || to === "bfloat16"))
    return stepped(value, castTensor(tensor, to), {
      dtype: to,
      note: `Its weights are rounded to ${to} by a Cast.`,
    });
  return unreadableConstant(value, `It is cast from ${dtype} to ${to}, which Kernelscope does not do.`, to);
}

async function dequantizeLinear(
  value: Constant,
  inputs: StepInputs,
  context: ReadContext,
): Promise<Constant | null> {
  const { tensor } = value;
  const read = await readScales(value, inputs, context);
  if (read === null || typeof read === "string")
    return read === null ? null : unreadableConstant(value, read, "float32");
  const { layout, axis, scaleType, block } = read;
  const asked = dtypeName(inputs.int("output_dtype", 0));
  const to = asked === "untyped" ? scaleType : asked;
  if (to !== "float32" && to !== "float16" && to !== "bfloat16")
    return unreadableConstant(value, `It is dequantised to ${to}, which Kernelscope does not do.`, to);
  if (tensor.quantization !== undefined || value.dtype !== tensor.dtype || !isDType(tensor.dtype))
    return unreadableConstant(value, `It is dequantised from ${value.dtype} a second time.`, to);
  // An int32 is rounded to float32 first; what is then taken from it would be rounded another time.
  const isFine = DTYPES[tensor.dtype].bits > 16 && !isWholeBias(tensor.dtype, layout);
  if (isFine)
    return unreadableConstant(
      value,
      `It is dequantised from ${tensor.dtype}, whose steps are finer than float32's.`,
      to,
    );
  if (block === 0 && to === "float32" && scaleType === "float32") {
    const quantization = { scale: layout.scale, zeroPoint: layout.zeroPoint, axis };
    return stepped(value, { ...tensor, quantization }, { dtype: to });
  }
  const how = block > 0 ? `in blocks of ${block}` : `to ${to}`;
  return stepped(value, dequantizedTensor(tensor, to, layout), {
    dtype: to,
    note: `Its weights are stored as ${tensor.dtype} and dequantised ${how}.`,
  });
}

/** Biases are int32 without a zero point. */
function isWholeBias(dtype: string, { zeroPoint }: ScaleLayout): boolean {
  return dtype === "int32" && zeroPoint.every((zero) => zero === 0);
}

async function quantizeLinear(
  value: Constant,
  inputs: StepInputs,
  context: ReadContext,
): Promise<Constant | null> {
  const { tensor } = value;
  const read = await readScales(value, inputs, context);
  if (read === null || typeof read === "string")
    return read === null ? null : unreadableConstant(value, read, "int8");
  const asked = dtypeName(inputs.int("output_dtype", 0));
  const to = inputs.input(2)?.dtype ?? (asked === "untyped" ? "uint8" : asked);
  if (value.dtype !== "float32" || read.scaleType !== "float32" || !isQuantized(to) || !isDType(to))
    return unreadableConstant(
      value,
      `It is quantised from ${value.dtype} to ${to}, which Kernelscope does not do.`,
      to,
    );
  return stepped(value, quantizedTensor(tensor, to, read.layout), {
    dtype: to,
    note: `Its weights are stored as ${tensor.dtype} and rounded to ${to} by the file's own QuantizeLinear.`,
  });
}

interface Scales {
  readonly layout: ScaleLayout;
  /** Null: one scale for all. */
  readonly axis: number | null;
  readonly scaleType: string;
  readonly block: number;
}

/** Scale and zero point of a node; null when they are no constants, a sentence when they do not fit. */
async function readScales(
  { tensor: { shape } }: Constant,
  { input, int }: StepInputs,
  context: ReadContext,
): Promise<Scales | string | null> {
  const [scale, zero] = [input(1), input(2)];
  if (scale === null || scale === undefined || zero === undefined) return null;
  const values = await numbersOf(scale, context);
  const zeros: Values | null = zero === null ? Float32Array.of(0) : await numbersOf(zero, context);
  if (values === null || zeros === null) return "Its scale or zero point cannot be read.";
  if (zeros.length !== values.length && zeros.length !== 1)
    return `It has ${values.length} scales but ${zeros.length} zero points.`;
  const block = int("block_size", 0);
  const stated = int("axis", 1);
  const at = stated < 0 ? stated + shape.length : stated;
  const scaleType = scale.dtype;
  const common = { scale: values, zeroPoint: zeros };
  if (values.length === 1)
    return { layout: { ...common, inner: 1, extent: 1, block: 1 }, axis: null, scaleType, block: 0 };
  const extent = shape[at];
  if (extent === undefined)
    return `Its scales run along axis ${stated}, which a shape [${shape.join(", ")}] lacks.`;
  const inner = countOf(shape.slice(at + 1));
  if (block > 0) {
    const blocks = Math.ceil(extent / block);
    if (values.length !== countOf(shape.with(at, blocks)))
      return `Its ${values.length} scales in blocks of ${block} do not fit the shape [${shape.join(", ")}].`;
    return { layout: { ...common, inner, extent, block }, axis: at, scaleType, block };
  }
  if (values.length !== extent)
    return `It has ${values.length} scales along axis ${at} of the shape [${shape.join(", ")}].`;
  return { layout: { ...common, inner, extent, block: 1 }, axis: at, scaleType, block: 0 };
}
