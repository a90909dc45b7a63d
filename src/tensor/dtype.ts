/** Stored number types, by NumPy's and PyTorch's names. `bits` may be below 8 (packed, low nibble first). */
export const DTYPES = {
  bool: { bits: 8, kind: "int" },
  int4: { bits: 4, kind: "int" },
  uint4: { bits: 4, kind: "int" },
  int8: { bits: 8, kind: "int" },
  uint8: { bits: 8, kind: "int" },
  int16: { bits: 16, kind: "int" },
  uint16: { bits: 16, kind: "int" },
  int32: { bits: 32, kind: "int" },
  uint32: { bits: 32, kind: "int" },
  int64: { bits: 64, kind: "int" },
  uint64: { bits: 64, kind: "int" },
  float8_e4m3fn: { bits: 8, kind: "float" },
  float8_e5m2: { bits: 8, kind: "float" },
  float8_e4m3fnuz: { bits: 8, kind: "float" },
  float8_e5m2fnuz: { bits: 8, kind: "float" },
  float16: { bits: 16, kind: "float" },
  bfloat16: { bits: 16, kind: "float" },
  float32: { bits: 32, kind: "float" },
  float64: { bits: 64, kind: "float" },
  complex64: { bits: 64, kind: "complex" },
  complex128: { bits: 128, kind: "complex" },
} as const satisfies Record<string, { bits: number; kind: "int" | "float" | "complex" }>;

/** A dtype that Kernelscope knows the size of. `complex` ones are listed but never read as kernels. */
export type DType = keyof typeof DTYPES;

/** Whether `name` is a known dtype. */
export function isDType(name: string): name is DType {
  return Object.hasOwn(DTYPES, name);
}

/** Bytes that `count` values of `dtype` take when packed. */
export function byteLengthOf(dtype: DType, count: number): number {
  return Math.ceil((count * DTYPES[dtype].bits) / 8);
}

/** Number of values of `shape` (1 for a scalar). */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
