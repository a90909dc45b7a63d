import { isPickleNode, type PickleValue } from "../../codec/pickle-value.ts";
import { DTYPES, type DType, isDType } from "../../tensor/dtype.ts";

/** PyTorch's typed storages (torch/storage.py, _dtype_to_storage_type_map): what their elements are. */
const STORAGES: Readonly<Record<string, string>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
  ComplexDoubleStorage: "complex128",
  ComplexFloatStorage: "complex64",
  QInt8Storage: "qint8",
  QUInt8Storage: "quint8",
  QInt32Storage: "qint32",
  QUInt4x2Storage: "quint4x2",
  QUInt2x4Storage: "quint2x4",
  UntypedStorage: "bytes",
};

/** The dtype of a storage that is only bytes: its tensors say what they are. */
export const UNTYPED = "bytes";

/** PyTorch's other words for dtypes that have NumPy's name too. */
const ALIASES: Readonly<Record<string, DType>> = {
  half: "float16",
  float: "float32",
  double: "float64",
  short: "int16",
  int: "int32",
  long: "int64",
  cfloat: "complex64",
  cdouble: "complex128",
};

/** Bytes an element of dtypes that are named and measured, but whose values are not read. */
const OTHER_SIZES: Readonly<Record<string, number>> = {
  [UNTYPED]: 1,
  quint4x2: 1,
  quint2x4: 1,
  complex32: 4,
  chalf: 4,
  float8_e8m0fnu: 1,
  float4_e2m1fn_x2: 1,
  bits8: 1,
  bits1x8: 1,
  bits2x4: 1,
  bits4x2: 1,
  bits16: 2,
};

/** Integers behind quantised dtypes. */
const QUANTISED: Readonly<Record<string, DType>> = { qint8: "int8", quint8: "uint8", qint32: "int32" };

/** The dtype of a storage's class; null for a class that is no storage. Any module: CUDA's have their own. */
export function storageDtype(value: PickleValue | undefined): string | null {
  if (!isPickleNode(value, "global") || !/^torch(\.|$)/.test(value.module)) return null;
  return Object.hasOwn(STORAGES, value.name) ? STORAGES[value.name]! : null;
}

/** The name of a `torch.dtype`; null for anything else. */
export function dtypeName(value: PickleValue | undefined): string | null {
  if (!isPickleNode(value, "global") || value.module !== "torch") return null;
  const { name } = value;
  if (Object.hasOwn(ALIASES, name)) return ALIASES[name]!;
  return isDType(name) || /^(q?u?int\d+(x\d)?|bits\d+(x\d)?|float\d+_\w+|complex32|chalf)$/.test(name)
    ? name
    : null;
}

/** The dtype whose values are stored: `int8` for `qint8`; PyTorch's own word where there is none. */
export function storedDtype(name: string): string {
  return Object.hasOwn(QUANTISED, name) ? QUANTISED[name]! : name;
}

/** Bytes of an element; null for a dtype that is not known. PyTorch's sub-byte integers take a byte. */
export function elementSize(name: string): number | null {
  const stored = storedDtype(name);
  // PyTorch's int4 and uint4 are not packed as DTYPES has them.
  if (/^u?int[1-7]$/.test(stored)) return 1;
  if (isDType(stored)) return DTYPES[stored].bits / 8;
  return Object.hasOwn(OTHER_SIZES, stored) ? OTHER_SIZES[stored]! : null;
}

/** Why values of a dtype are not read; null when they are. */
export function whyUnreadable(name: string): string | null {
  const stored = storedDtype(name);
  if (isDType(stored) && !/^u?int4$/.test(stored)) return null;
  return `Its dtype is ${name}, which Kernelscope does not read.`;
}
