import { SIZES, valuesOf, type Weight } from "../writers/weight.ts";

/** Exponent and mantissa bits, bias, and how a small float spells NaN and infinity. */
interface FloatRule {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  /** `ieee`: the top exponent is infinity and NaN; `fn`: only all ones is NaN; `fnuz`: only minus zero is NaN. */
  readonly special: "ieee" | "fn" | "fnuz";
}

const FLOATS: Readonly<Record<string, FloatRule>> = {
  float8_e4m3fn: { exponent: 4, mantissa: 3, bias: 7, special: "fn" },
  float8_e5m2: { exponent: 5, mantissa: 2, bias: 15, special: "ieee" },
  float8_e4m3fnuz: { exponent: 4, mantissa: 3, bias: 8, special: "fnuz" },
  float8_e5m2fnuz: { exponent: 5, mantissa: 2, bias: 16, special: "fnuz" },
  float16: { exponent: 5, mantissa: 10, bias: 15, special: "ieee" },
  bfloat16: { exponent: 8, mantissa: 7, bias: 127, special: "ieee" },
};

/**
 * The values of `weight` worked out by the definition of its dtype, one at a time and without tables: an
 * independent second opinion on the library's decoding.
 */
export function decodeByDefinition({ dtype, shape, bytes }: Weight): Float32Array | Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = SIZES[dtype]!;
  const wide = /64|32/.test(dtype) && dtype !== "float32";
  const values = wide ? new Float64Array(valuesOf(shape)) : new Float32Array(valuesOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = valueAt(view, i * size, dtype);
  return values;
}

function valueAt(view: DataView, at: number, dtype: string): number {
  switch (dtype) {
    case "bool":
      return view.getUint8(at) === 0 ? 0 : 1;
    case "int8":
      return view.getInt8(at);
    case "uint8":
      return view.getUint8(at);
    case "int16":
      return view.getInt16(at, true);
    case "uint16":
      return view.getUint16(at, true);
    case "int32":
      return view.getInt32(at, true);
    case "uint32":
      return view.getUint32(at, true);
    case "int64":
      return Number(view.getBigInt64(at, true));
    case "uint64":
      return Number(view.getBigUint64(at, true));
    case "float32":
      return view.getFloat32(at, true);
    case "float64":
      return view.getFloat64(at, true);
    default: {
      const code = SIZES[dtype] === 1 ? view.getUint8(at) : view.getUint16(at, true);
      return smallFloat(code, FLOATS[dtype]!);
    }
  }
}

function smallFloat(code: number, { exponent, mantissa, bias, special }: FloatRule): number {
  const sign = code >> (exponent + mantissa) === 1 ? -1 : 1;
  const power = (code >> mantissa) & (2 ** exponent - 1);
  const fraction = code & (2 ** mantissa - 1);
  const top = power === 2 ** exponent - 1;
  if (special === "fnuz" && sign === -1 && power === 0 && fraction === 0) return Number.NaN;
  if (special === "fn" && top && fraction === 2 ** mantissa - 1) return Number.NaN;
  if (special === "ieee" && top) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (power === 0) return sign * fraction * 2 ** (1 - bias - mantissa);
  return sign * (1 + fraction / 2 ** mantissa) * 2 ** (power - bias);
}

/** How many values differ; NaN equals NaN, 0 does not equal -0. */
export function countDifferent(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let different = Math.abs(a.length - b.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (!Object.is(a[i], b[i])) different++;
  return different;
}
