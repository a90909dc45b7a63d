import { ReadError } from "../../errors.ts";
import { decode, type Values } from "../../tensor/decode.ts";
import { dequantize } from "../../tensor/dequantize.ts";
import { byteLengthOf, countOf, type DType, isDType } from "../../tensor/dtype.ts";
import { packFloats, type Rounded, roundEven } from "../../tensor/round-floats.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";

/** The values that a tensor stands for, dequantised. */
export async function valuesOf(tensor: Tensor, context: ReadContext): Promise<Values> {
  const { dtype, shape, quantization } = tensor;
  if (tensor.unreadable !== undefined) throw new ReadError("unsupported", tensor.unreadable);
  if (!isDType(dtype)) throw new ReadError("unsupported", `It is stored as ${dtype}.`);
  const stored = decode(await tensor.readBytes(context), dtype, countOf(shape));
  return quantization === undefined ? stored : dequantize(stored, shape, quantization);
}

/** The ranges of the integers that QuantizeLinear makes. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int4: [-8, 7],
  uint4: [0, 15],
};

/** Whether QuantizeLinear to `dtype` is computed. */
export function isQuantized(dtype: string): boolean {
  return Object.hasOwn(RANGES, dtype);
}

/** How scales lie along a tensor: one for all, one per index of an axis, or one per block along it. */
export interface ScaleLayout {
  readonly scale: Values;
  readonly zeroPoint: Values;
  /** Values of the tensor that share a scale at once: below the axis. */
  readonly inner: number;
  /** Extent of the axis, and how many of its indices share a scale. */
  readonly extent: number;
  readonly block: number;
}

/** The index of the scale of value `i`. */
function scaleIndex({ scale, inner, extent, block }: ScaleLayout, i: number): number {
  if (scale.length === 1) return 0;
  const at = Math.floor(i / inner);
  const blocks = Math.ceil(extent / block);
  const before = Math.floor(at / extent);
  const along = Math.floor((at % extent) / block);
  // Per axis there is one scale an index, whatever stands before; per block the scales have all axes.
  return block === 1 && scale.length === extent ? along : (before * blocks + along) * inner + (i % inner);
}

/** What QuantizeLinear makes of `tensor`: `clip(rint(x / scale) + zeroPoint)`, the quotient in float32. */
export function quantizedTensor(tensor: Tensor, dtype: DType, layout: ScaleLayout): Tensor {
  const [low, high] = RANGES[dtype]!;
  return {
    name: tensor.name,
    dtype,
    shape: tensor.shape,
    ...(tensor.unreadable === undefined ? {} : { unreadable: tensor.unreadable }),
    async readBytes(context) {
      const values = await valuesOf(tensor, context);
      const bytes = new Uint8Array(byteLengthOf(dtype, values.length));
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < values.length; i++) {
        const at = scaleIndex(layout, i);
        const quotient = Math.fround(values[i]! / layout.scale[at]!);
        const zero = layout.zeroPoint[layout.zeroPoint.length === 1 ? 0 : at]!;
        const q = Math.min(high, Math.max(low, roundEven(quotient) + zero));
        if (dtype === "int4" || dtype === "uint4") bytes[i >> 1]! |= (q & 15) << ((i & 1) * 4);
        else if (dtype === "int16" || dtype === "uint16") view.setUint16(i * 2, q & 0xffff, true);
        else bytes[i] = q;
      }
      return bytes;
    },
  };
}

/** What DequantizeLinear makes of `tensor` where no `Quantization` says it: blocks, or scales of 16 bits. */
export function dequantizedTensor(tensor: Tensor, dtype: Rounded, layout: ScaleLayout): Tensor {
  return {
    name: tensor.name,
    dtype,
    shape: tensor.shape,
    ...(tensor.unreadable === undefined ? {} : { unreadable: tensor.unreadable }),
    async readBytes(context) {
      const values = await valuesOf(tensor, context);
      const weights = new Float32Array(values.length);
      for (let i = 0; i < values.length; i++) {
        const at = scaleIndex(layout, i);
        const zero = layout.zeroPoint[layout.zeroPoint.length === 1 ? 0 : at]!;
        weights[i] = Math.fround(values[i]! - zero) * layout.scale[at]!;
      }
      return packFloats(weights, dtype);
    },
  };
}

/** What Cast makes of a float32 tensor. */
export function castTensor(tensor: Tensor, dtype: Rounded): Tensor {
  const { quantization: _, ...plain } = tensor;
  return {
    ...plain,
    dtype,
    async readBytes(context) {
      return packFloats(await valuesOf(tensor, context), dtype);
    },
  };
}
