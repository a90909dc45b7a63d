/** PyTorch's number types by their numbers in an exported program (`ScalarType` of torch/_export/serde/schema.py). */
export const SCALAR_TYPES: Readonly<Record<number, string>> = {
  1: "uint8",
  2: "int8",
  3: "int16",
  4: "int32",
  5: "int64",
  6: "float16",
  7: "float32",
  8: "float64",
  9: "complex32",
  10: "complex64",
  11: "complex128",
  12: "bool",
  13: "bfloat16",
  28: "uint16",
  29: "float8_e4m3fn",
  30: "float8_e5m2",
  31: "float8_e4m3fnuz",
  32: "float8_e5m2fnuz",
  33: "float8_e8m0fnu",
  34: "uint32",
  35: "uint64",
};

/** The name of a number type; a word with the number when it is not known. */
export function scalarType(number: unknown): string {
  return typeof number === "number" && Object.hasOwn(SCALAR_TYPES, number)
    ? SCALAR_TYPES[number]!
    : `type ${typeof number === "number" ? number : "unknown"}`;
}

/** `{ as_int }` of a size; null for an expression, which may vary. */
export function sizeOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "as_int")) return null;
  const { as_int: size } = value as { readonly as_int: unknown };
  return typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : null;
}
