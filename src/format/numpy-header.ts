import { ReadError } from "../errors.ts";
import { countOf, type DType, isDType } from "../tensor/dtype.ts";
import { isNumpy } from "./numpy-magic.ts";

/** What the header of an npy array says. */
export interface NumpyHeader {
  /** Our name for the dtype, or NumPy's own where there is none (then `unreadable` is set). */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Column-major: the first axis varies fastest. */
  readonly fortranOrder: boolean;
  readonly bigEndian: boolean;
  /** Offset of the first value from the array's beginning. */
  readonly dataStart: number;
  readonly unreadable?: string | undefined;
  readonly note?: string | undefined;
}

/** Longest header text: NumPy itself reads 10,000 characters unless told otherwise. */
export const NUMPY_HEADER_MAX = 64 * 1024;

/** Bytes that are enough to know a header's length. */
export const NUMPY_PREFIX = 12;

/** Offset of the first value, from the first NUMPY_PREFIX bytes. */
export function numpyDataStart(prefix: Uint8Array): number {
  if (prefix.length < NUMPY_PREFIX) throw truncated(NUMPY_PREFIX, prefix.length);
  if (!isNumpy(prefix)) {
    throw malformed("An npy array should begin with the bytes 93 4e 55 4d 50 59 (\\x93NUMPY).");
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  const [major, minor] = [view.getUint8(6), view.getUint8(7)];
  if (major < 1 || major > 3 || minor !== 0) {
    throw new ReadError(
      "unsupported",
      `The npy array has version ${major}.${minor}; versions 1.0, 2.0 and 3.0 are known.`,
    );
  }
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > NUMPY_HEADER_MAX) {
    throw new ReadError("limit", `The npy header has ${length} bytes; the limit is ${NUMPY_HEADER_MAX}.`);
  }
  return (major === 1 ? 10 : 12) + length;
}

/**
 * Reads an npy header, versions 1.0 to 3.0: a Python dict of exactly `descr`, `fortran_order` and `shape`. The
 * text is parsed, never evaluated. `bytes` begin with the array and hold at least the whole header.
 *
 * @throws ReadError `truncated`, `malformed`, `limit` or `unsupported` (version).
 */
export function readNumpyHeader(bytes: Uint8Array): NumpyHeader {
  const dataStart = numpyDataStart(bytes);
  if (bytes.length < dataStart) throw truncated(dataStart, bytes.length);
  const textStart = bytes[6] === 1 ? 10 : 12;
  const text = new TextDecoder(bytes[6] === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(textStart, dataStart),
  );
  const { descr, fortranOrder, shape } = parseHeader(text);
  if (!Number.isSafeInteger(countOf(shape)))
    throw malformed(`The npy array has shape [${shape.join(", ")}], which cannot be.`);
  return { ...readDescr(descr), shape, fortranOrder, dataStart };
}

interface HeaderDict {
  /** A type string, or null for a structured type. */
  readonly descr: string | null;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

function parseHeader(text: string): HeaderDict {
  const found = new Map<string, string>();
  let rest = text.trim();
  if (!rest.startsWith("{") || !rest.endsWith("}"))
    throw malformed("The npy header should be a Python dict in braces.");
  rest = rest.slice(1, -1).trim();
  while (rest !== "") {
    const match = /^(['"])(\w+)\1\s*:\s*/.exec(rest);
    if (match === null)
      throw malformed(`The npy header holds ${JSON.stringify(rest.slice(0, 40))} where a key was expected.`);
    const key = match[2]!;
    if (found.has(key)) throw new ReadError("ambiguous", `The npy header holds ${key} twice.`);
    const valueText = rest.slice(match[0].length);
    const end = valueEnd(valueText);
    found.set(key, valueText.slice(0, end).trim());
    rest = valueText.slice(end).trim();
    if (rest.startsWith(",")) rest = rest.slice(1).trim();
    else if (rest !== "") throw malformed("The npy header lacks a comma between two entries.");
  }
  const [descr, order, shape] = ["descr", "fortran_order", "shape"].map((key) => found.get(key));
  if (descr === undefined || order === undefined || shape === undefined || found.size !== 3) {
    throw malformed(
      `The npy header should hold exactly descr, fortran_order and shape; it holds ${[...found.keys()].join(", ")}.`,
    );
  }
  if (order !== "True" && order !== "False")
    throw malformed(`The npy header's fortran_order should be True or False, not ${order.slice(0, 40)}.`);
  return { descr: parseDescr(descr), fortranOrder: order === "True", shape: parseShape(shape) };
}

/** Index of the comma (or end) after the value that begins `text`: commas inside brackets and quotes do not count. */
function valueEnd(text: string): number {
  let depth = 0;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== "") {
      if (c === quote) quote = "";
    } else if (c === "'" || c === '"') quote = c;
    else if (c === "(" || c === "[" || c === "{") depth++;
    else if (c === ")" || c === "]" || c === "}") depth--;
    else if (c === "," && depth === 0) return i;
  }
  return text.length;
}

function parseDescr(text: string): string | null {
  if (text.startsWith("[") || text.startsWith("(") || text.startsWith("{")) return null;
  const match = /^(['"])([^'"\\]{1,64})\1$/.exec(text);
  if (match === null)
    throw malformed(
      `The npy header's descr should be a type string, not ${JSON.stringify(text.slice(0, 40))}.`,
    );
  return match[2]!;
}

function parseShape(text: string): number[] {
  const match = /^\(\s*((?:\d+L?\s*,\s*)*)(\d+L?)?\s*\)$/.exec(text);
  const single = match !== null && match[1] === "" && match[2] !== undefined;
  if (match === null || single) {
    throw malformed(
      `The npy header's shape should be a tuple of whole numbers, not ${JSON.stringify(text.slice(0, 60))}.`,
    );
  }
  const shape = (text.match(/\d+/g) ?? []).map(Number);
  if (!shape.every(Number.isSafeInteger))
    throw malformed(`The npy header's shape ${text.slice(0, 60)} is too large.`);
  if (shape.length > 64)
    throw new ReadError("limit", `The npy array has ${shape.length} axes; NumPy's limit is 64.`);
  return shape;
}

/** Kinds of NumPy type strings with the bytes they come in. */
const TYPES: Readonly<Record<string, DType>> = {
  b1: "bool",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
  c8: "complex64",
  c16: "complex128",
  // ml_dtypes: the only one of its 8-bit floats that says so.
  f1: "float8_e5m2",
};

/** What a NumPy type string (`<f4`) says; null is a structured type. */
export function readDescr(
  descr: string | null,
): Pick<NumpyHeader, "dtype" | "bigEndian" | "unreadable" | "note"> {
  const none = { bigEndian: false };
  if (descr === null) {
    return {
      ...none,
      dtype: "structured",
      unreadable: "It is a structured array: every element holds several named values.",
    };
  }
  const [, order = "", type = descr] = /^([<>|=])(.*)$/.exec(descr) ?? [];
  const bigEndian = order === ">";
  if (isDType(type)) return { dtype: type, bigEndian };
  if (Object.hasOwn(TYPES, type)) return { dtype: TYPES[type]!, bigEndian };
  if (type === "V2") {
    return {
      dtype: "bfloat16",
      bigEndian,
      note: "NumPy stores bfloat16 as opaque 2-byte values (V2); they were read as bfloat16.",
    };
  }
  return { ...none, dtype: descr, unreadable: whyUnreadable(type) };
}

function whyUnreadable(type: string): string {
  if (type.startsWith("O"))
    return "It holds pickled Python objects, which can run code when they are read; Kernelscope never reads them.";
  if (type === "V1")
    return "It holds opaque 1-byte values (V1): NumPy stores every 8-bit and smaller float of ml_dtypes so, and the file does not say which.";
  if (/^[US]/.test(type)) return "It holds text.";
  if (/^[mM]8/.test(type)) return "It holds dates or durations.";
  if (/^(f1[06]|f12|c2[04]|c32)$/.test(type))
    return `Its dtype is the platform's extended float (${type}), which Kernelscope does not read.`;
  return `Its dtype is ${type}, which Kernelscope does not read.`;
}

function truncated(expected: number, found: number): ReadError {
  return new ReadError(
    "truncated",
    `The npy header should have ${expected} bytes, but only ${found} are there.`,
  );
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
