import { type H5Group, type H5Node, hdf5 } from "./hdf5.ts";
import { floatType, type H5Type, intType } from "./hdf5-messages.ts";
import { concat, utf8, type Weight } from "./weight.ts";

/** MATLAB's classes of dtypes, and how HDF5 stores them. */
const CLASSES: Readonly<Record<string, readonly [string, H5Type]>> = {
  float32: ["single", floatType(4, 8)],
  float64: ["double", floatType(8, 11)],
  int8: ["int8", intType(1, true)],
  uint8: ["uint8", intType(1, false)],
  int16: ["int16", intType(2, true)],
  int32: ["int32", intType(4, true)],
};

/** Dtypes that MATLAB has a class for. */
export const MATLAB_DTYPES: readonly string[] = Object.keys(CLASSES);

/** A numeric array; `weight` has HDF5's shape, which is MATLAB's in reverse. */
export function matlabArray({ dtype, shape, bytes }: Weight, named?: string): H5Node {
  const [name, type] = CLASSES[dtype]!;
  return { kind: "dataset", type, shape, bytes, attributes: { MATLAB_class: [named ?? name] } };
}

/** A struct of fields. */
export function matlabStruct(members: readonly (readonly [string, H5Node])[]): H5Group {
  return { kind: "group", attributes: { MATLAB_class: ["struct"] }, members };
}

/** The HDF5 of these variables behind MATLAB's block of 512 bytes. */
export function matlab(variables: H5Group): Uint8Array<ArrayBuffer> {
  const file = hdf5(variables, { userBlock: 512, symbols: true });
  const words = utf8(
    "MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Tue Nov 24 00:00:00 2026 HDF5 schema 1.00 .",
  );
  return concat([words, new Uint8Array(512 - words.length), file.subarray(512)]);
}
