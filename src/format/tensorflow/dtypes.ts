import type { DType } from "../../tensor/dtype.ts";

/** TensorFlow's `DataType` numbers (types.proto) by our names. */
const NAMES: Readonly<Record<number, DType>> = {
  1: "float32",
  2: "float64",
  3: "int32",
  4: "uint8",
  5: "int16",
  6: "int8",
  8: "complex64",
  9: "int64",
  10: "bool",
  11: "int8",
  12: "uint8",
  13: "int32",
  14: "bfloat16",
  15: "int16",
  16: "uint16",
  17: "uint16",
  18: "complex128",
  19: "float16",
  22: "uint32",
  23: "uint64",
  24: "float8_e5m2",
  25: "float8_e4m3fn",
  26: "float8_e4m3fnuz",
  28: "float8_e5m2fnuz",
};

/** What the other numbers are called. */
const OTHERS: Readonly<Record<number, string>> = {
  7: "string",
  20: "resource",
  21: "variant",
  27: "float8_e4m3b11fnuz",
  29: "int4",
  30: "uint4",
  31: "int2",
  32: "uint2",
};

/** `DT_STRING`. */
export const STRING = 7;

/** A dtype by its number; variables of TensorFlow 1 have the numbers of references, 100 more. */
export function dtypeNamed(number: number): { readonly dtype: string; readonly unreadable?: string } {
  const plain = number > 100 && number < 200 ? number - 100 : number;
  const name = NAMES[plain];
  if (name !== undefined) return { dtype: name };
  const other = OTHERS[plain] ?? `type ${number}`;
  const unreadable =
    plain === STRING ? "It holds text." : `Its dtype is ${other}, which Kernelscope does not read.`;
  // A known name would promise a size that the file does not keep: TensorFlow stores int4 in whole bytes.
  return { dtype: other === "int4" || other === "uint4" ? `tensorflow ${other}` : other, unreadable };
}

/** A dtype by its name in JSON and text (`DT_FLOAT`) as its number; 0 when it has none. */
export function dtypeNumber(name: string): number {
  return NUMBERS.get(name.replace(/_REF$/, "")) ?? 0;
}

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["DT_FLOAT", 1],
  ["DT_DOUBLE", 2],
  ["DT_INT32", 3],
  ["DT_UINT8", 4],
  ["DT_INT16", 5],
  ["DT_INT8", 6],
  ["DT_STRING", 7],
  ["DT_COMPLEX64", 8],
  ["DT_INT64", 9],
  ["DT_BOOL", 10],
  ["DT_BFLOAT16", 14],
  ["DT_UINT16", 17],
  ["DT_COMPLEX128", 18],
  ["DT_HALF", 19],
  ["DT_RESOURCE", 20],
  ["DT_UINT32", 22],
  ["DT_UINT64", 23],
]);
