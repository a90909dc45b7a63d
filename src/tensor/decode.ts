import { ReadError } from "../errors.ts";
import { assertLength, toNative } from "./bytes.ts";
import { byteLengthOf, type DType } from "./dtype.ts";
import { type FLOAT_LAYOUTS, floatTable } from "./float-tables.ts";

/** Decoded values: Float32Array where the dtype fits float32 exactly, Float64Array otherwise. */
export type Values = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Bytes that one decoded value of `dtype` takes: 4 where every value fits a float32 exactly, else 8. */
export function decodedSize(dtype: DType): 4 | 8 {
  return /^(u?int(32|64)|float64)$/.test(dtype) ? 8 : 4;
}

/**
 * The values of packed little-endian `bytes`, bit for bit. The result may be a view of `bytes` (float32 and
 * float64); every other dtype gives a fresh array.
 *
 * @throws ReadError `source-short` when the length is wrong; `unsupported` for complex numbers and for 64-bit
 * integers that no float64 holds exactly.
 */
export function decode(bytes: Uint8Array<ArrayBuffer>, dtype: DType, count: number): Values {
  assertLength(bytes, byteLengthOf(dtype, count), `${count} values of ${dtype}`);
  switch (dtype) {
    case "float32":
      return view(bytes, count, Float32Array);
    case "float64":
      return view(bytes, count, Float64Array);
    case "bfloat16":
      return decodeBfloat16(view(bytes, count, Uint16Array));
    case "float16":
      return lookUp(view(bytes, count, Uint16Array), dtype);
    case "float8_e4m3fn":
    case "float8_e5m2":
    case "float8_e4m3fnuz":
    case "float8_e5m2fnuz":
      return lookUp(bytes, dtype);
    case "bool":
      return Float32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
    case "int4":
    case "uint4":
      return decodeNibbles(bytes, count, dtype === "int4");
    case "int8":
      return new Float32Array(view(bytes, count, Int8Array));
    case "uint8":
      return new Float32Array(bytes);
    case "int16":
      return new Float32Array(view(bytes, count, Int16Array));
    case "uint16":
      return new Float32Array(view(bytes, count, Uint16Array));
    case "int32":
      return new Float64Array(view(bytes, count, Int32Array));
    case "uint32":
      return new Float64Array(view(bytes, count, Uint32Array));
    case "int64":
      return decode64(view(bytes, count, BigInt64Array), dtype);
    case "uint64":
      return decode64(view(bytes, count, BigUint64Array), dtype);
    case "complex64":
    case "complex128":
      throw new ReadError(
        "unsupported",
        `Its values are complex numbers (${dtype}); only real weights can be drawn.`,
      );
  }
}

interface ViewConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, count: number): T;
}

function view<T>(bytes: Uint8Array<ArrayBuffer>, count: number, type: ViewConstructor<T>): T {
  const native = toNative(bytes, type.BYTES_PER_ELEMENT);
  return new type(native.buffer, native.byteOffset, count);
}

/** A bfloat16 is the upper half of a float32. */
function decodeBfloat16(codes: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) words[i] = codes[i]! << 16;
  return new Float32Array(words.buffer);
}

function lookUp(
  codes: Uint16Array | Uint8Array,
  dtype: keyof typeof FLOAT_LAYOUTS,
): Float32Array<ArrayBuffer> {
  const table = floatTable(dtype);
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]!]!;
  return values;
}

/** Two values a byte, the low nibble first. */
function decodeNibbles(bytes: Uint8Array, count: number, signed: boolean): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const nibble = (bytes[i >> 1]! >> ((i & 1) * 4)) & 15;
    values[i] = signed && nibble > 7 ? nibble - 16 : nibble;
  }
  return values;
}

function decode64(integers: BigInt64Array | BigUint64Array, dtype: DType): Float64Array<ArrayBuffer> {
  const values = new Float64Array(integers.length);
  for (let i = 0; i < integers.length; i++) {
    const integer = integers[i]!;
    const value = Number(integer);
    if (!Number.isSafeInteger(value) && BigInt(value) !== integer) {
      throw new ReadError(
        "unsupported",
        `It holds the ${dtype} ${integer}, which no 64-bit float represents exactly.`,
      );
    }
    values[i] = value;
  }
  return values;
}
