import { DTYPES, type DType, isDType } from "../../tensor/dtype.ts";
import type { ElementType, FloatFields } from "./protocol.ts";

/** Floats by exponent bits, mantissa bits and exponent bias. */
const FLOATS: Readonly<Record<string, DType>> = {
  "11,52,1023": "float64",
  "8,23,127": "float32",
  "5,10,15": "float16",
  "8,7,127": "bfloat16",
  "4,3,7": "float8_e4m3fn",
  "5,2,15": "float8_e5m2",
  "4,3,8": "float8_e4m3fnuz",
  "5,2,16": "float8_e5m2fnuz",
};

/**
 * The dtype of a dataset's elements, or why they have none. `stated` is what the file says elsewhere about types
 * that HDF5 knows as opaque bytes: Keras's attribute `dtype`, or a config's dtype policy.
 */
export function elementDType(
  type: ElementType,
  stated: string | undefined,
): { readonly dtype: string; readonly unreadable?: string } {
  if (type.boolean) return { dtype: "bool" };
  if (type.class === "int" || type.class === "enum") {
    const dtype = `${type.signed ? "" : "u"}int${type.size * 8}`;
    return isDType(dtype)
      ? { dtype }
      : { dtype, unreadable: `Its integers take ${type.size} bytes; 1, 2, 4 and 8 are read.` };
  }
  if (type.class === "float") return floatDType(type.size, type.float);
  if (type.class === "opaque") return opaqueDType(type.size, stated);
  return {
    dtype: type.class,
    unreadable: `It holds HDF5 values of class ${type.class}, which are no plain numbers.`,
  };
}

function floatDType(
  size: number,
  fields: FloatFields | undefined,
): { readonly dtype: string; readonly unreadable?: string } {
  // A type in the file's shared heap cannot be looked at; of four and eight bytes only one kind is in use.
  if (fields === undefined && size === 4) return { dtype: "float32" };
  if (fields === undefined && size === 8) return { dtype: "float64" };
  const dtype = fields?.packed
    ? FLOATS[`${fields.exponentBits},${fields.mantissaBits},${fields.exponentBias}`]
    : undefined;
  if (dtype !== undefined && DTYPES[dtype].bits === size * 8) return { dtype };
  const parts =
    fields === undefined
      ? ""
      : ` (${fields.exponentBits} exponent bits, ${fields.mantissaBits} mantissa bits)`;
  return {
    dtype: `float${size * 8}`,
    unreadable: `Its ${size}-byte floats are of a kind that Kernelscope does not know${parts}.`,
  };
}

function opaqueDType(
  size: number,
  stated: string | undefined,
): { readonly dtype: string; readonly unreadable?: string } {
  if (stated !== undefined && isDType(stated) && DTYPES[stated].bits === size * 8) return { dtype: stated };
  return {
    dtype: `opaque${size * 8}`,
    unreadable: `Its values are opaque bytes, ${size} each, and the file does not say what they mean.`,
  };
}
