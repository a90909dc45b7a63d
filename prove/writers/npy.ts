import { bigEndian, concat, little, SIZES, utf8, valuesOf, type Weight } from "./weight.ts";

/** What a .npy file may say besides the truth. */
export interface NpyOptions {
  /** Format version; default 1. */
  readonly version?: 1 | 2 | 3;
  readonly fortran?: boolean;
  readonly bigEndian?: boolean;
  /** Replaces the whole header text (without padding). */
  readonly header?: string;
  /** Replaces the stated length of the header. */
  readonly headerLength?: number;
  /** Replaces the type in the header. */
  readonly descr?: string;
}

/** NumPy's type letters; the dtypes that NumPy lacks are stored as void of their size, as ml_dtypes does. */
const LETTERS: Readonly<Record<string, string>> = {
  bool: "b1",
  int8: "i1",
  uint8: "u1",
  int16: "i2",
  uint16: "u2",
  int32: "i4",
  uint32: "u4",
  int64: "i8",
  uint64: "u8",
  float16: "f2",
  float32: "f4",
  float64: "f8",
  bfloat16: "V2",
  complex64: "c8",
  complex128: "c16",
};

/** Whether a .npy file can hold `dtype` under a name of its own. */
export function isNpyDType(dtype: string): boolean {
  return Object.hasOwn(LETTERS, dtype);
}

/** A .npy file by NumPy's own rules (numpy.lib.format): header padded so that the data starts at 64. */
export function npy(weight: Weight, options: NpyOptions = {}): Uint8Array<ArrayBuffer> {
  const size = SIZES[weight.dtype]!;
  const big = options.bigEndian === true && size > 1;
  const letters = LETTERS[weight.dtype] ?? `V${size}`;
  const order = size === 1 ? "|" : big ? ">" : "<";
  const extents = weight.shape.length === 1 ? `${weight.shape[0]},` : weight.shape.join(", ");
  const text =
    options.header ??
    `{'descr': '${options.descr ?? order + letters}', 'fortran_order': ${options.fortran === true ? "True" : "False"}, 'shape': (${extents}), }`;
  const version = options.version ?? 1;
  const lengthSize = version === 1 ? 2 : 4;
  const start = 8 + lengthSize;
  const padded = Math.ceil((start + utf8(text).length + 1) / 64) * 64 - start;
  const header = utf8(`${text}${" ".repeat(padded - utf8(text).length - 1)}\n`);
  const ordered = options.fortran === true ? toFortran(weight.bytes, weight.shape, size) : weight.bytes;
  const word = weight.dtype === "complex64" ? 4 : weight.dtype === "complex128" ? 8 : size;
  return concat([
    Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0),
    little(options.headerLength ?? header.length, lengthSize),
    header,
    big ? bigEndian(ordered, word) : ordered,
  ]);
}

/** Row-major values in column-major order: the first index runs fastest. */
function toFortran(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array<ArrayBuffer> {
  const count = valuesOf(shape);
  const result = new Uint8Array(bytes.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let to = 0; to < count; to++) {
    let from = 0;
    for (let axis = 0; axis < shape.length; axis++) from = from * shape[axis]! + index[axis]!;
    result.set(bytes.subarray(from * size, from * size + size), to * size);
    for (let axis = 0; axis < shape.length; axis++) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return result;
}
