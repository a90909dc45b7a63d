/** A named array as our writers take it: packed, row-major, little-endian. */
export interface Weight {
  readonly name: string;
  /** NumPy's and PyTorch's word, as the library uses it. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes of one value of each dtype that a writer can store. */
export const SIZES: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  float8_e4m3fnuz: 1,
  float8_e5m2fnuz: 1,
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  complex64: 8,
  complex128: 16,
};

/** Number of values of `shape`. */
export function valuesOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A float32 weight over `values`. */
export function float32Weight(name: string, shape: readonly number[], values: ArrayLike<number>): Weight {
  return { name, dtype: "float32", shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

/** The UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}

/** `parts` one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** `value` as `size` little-endian bytes; negative values in two's complement. */
export function little(value: number | bigint, size: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, BigInt(value));
  for (let i = 0; i < size; i++, rest >>= 8n) result[i] = Number(rest & 255n);
  return result;
}

/** `bytes` with the order of the bytes of each `size`-byte word turned round. */
export function bigEndian(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes, (_, at) => bytes[at - (at % size) + (size - 1 - (at % size))]!);
}
