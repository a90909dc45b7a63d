import type { DType } from "../../tensor/dtype.ts";

/** `TensorProto.DataType` numbers with a dtype that is read (onnx.proto). */
const DTYPE_OF: ReadonlyMap<number, DType> = new Map([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
  [14, "complex64"],
  [15, "complex128"],
  [16, "bfloat16"],
  [17, "float8_e4m3fn"],
  [18, "float8_e4m3fnuz"],
  [19, "float8_e5m2"],
  [20, "float8_e5m2fnuz"],
  [21, "uint4"],
  [22, "int4"],
]);

/** Types that are listed by ONNX's own word. */
const OTHER_OF: ReadonlyMap<number, string> = new Map([
  [0, "untyped"],
  [8, "string"],
  [23, "float4e2m1"],
  [24, "float8e8m0"],
  [25, "uint2"],
  [26, "int2"],
]);

/** `TensorProto.STRING`. */
export const STRING = 8;

/** The name of a data type: ours, or ONNX's word for one that is not read. */
export function dtypeName(type: number): DType | (string & {}) {
  return DTYPE_OF.get(type) ?? OTHER_OF.get(type) ?? `data type ${type}`;
}

/** The field of TensorProto in which values of a type stand when they are no raw bytes. */
export type ValuesField = "float" | "int32" | "int64" | "double" | "uint64";

/** Numbers of those fields in TensorProto. */
export const VALUES_FIELDS: ReadonlyMap<number, ValuesField> = new Map([
  [4, "float"],
  [5, "int32"],
  [7, "int64"],
  [10, "double"],
  [11, "uint64"],
]);

/** Which field a type's values must stand in (onnx.proto, comments of the fields). */
export function valuesFieldOf(dtype: DType): ValuesField {
  switch (dtype) {
    case "float32":
    case "complex64":
      return "float";
    case "float64":
    case "complex128":
      return "double";
    case "int64":
      return "int64";
    case "uint32":
    case "uint64":
      return "uint64";
    default:
      return "int32";
  }
}
