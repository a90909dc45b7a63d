import { ReadError } from "../errors.ts";
import { PICKLE_OPCODES, type PickleArgument, type PickleOpName } from "./pickle-opcodes.ts";

/** Longest line of a text opcode (protocol 0), and longest `long`; PyTorch writes neither. */
export const PICKLE_LINE_MAX = 1024 * 1024;
/** Texts and bytes up to this length are read with the pickle; longer ones stay in the source. */
export const PICKLE_INLINE_MAX = 64 * 1024;
/** Most bytes of one integer: about 19,700 decimal digits. */
export const PICKLE_INTEGER_MAX = 8192;

/** One instruction of a pickle. */
export interface PickleOp {
  readonly name: PickleOpName;
  /** The argument of numbers; 0 for others. */
  readonly number: number;
  /** The bytes of a line or of a short payload; null for others and for what stays in the source. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  /** The second line of GLOBAL and INST. */
  readonly second: Uint8Array<ArrayBuffer> | null;
  /** Where a payload lies, and the offset of the next instruction. */
  readonly offset: number;
  readonly length: number;
  readonly end: number;
}

/** Part of a source. */
export interface PickleWindow {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset of the first byte in the source. */
  readonly start: number;
}

/**
 * The instruction at offset `at`, or how many bytes from `at` the window must hold to tell. The window may end early;
 * `size` is the end of all.
 *
 * @throws ReadError `malformed`, `truncated` or `limit`.
 */
export function readPickleOp({ bytes, start }: PickleWindow, at: number, size: number): PickleOp | number {
  const here = at - start;
  const code = bytes[here];
  if (code === undefined) return at < size ? 1 : endsEarly(at, at + 1, size);
  const known = PICKLE_OPCODES.get(code);
  if (known === undefined) {
    throw new ReadError("malformed", `The pickle holds byte ${hex(code)} where an instruction should be.`, {
      offset: at,
    });
  }
  const [name, argument] = known;
  const after = at + 1;
  const plain: PickleOp = {
    name,
    number: 0,
    bytes: null,
    second: null,
    offset: after,
    length: 0,
    end: after,
  };
  if (argument === "none") return plain;
  if (argument === "line" || argument === "lines") {
    const first = readLine(bytes, here + 1, here, at, size);
    if (typeof first === "number") return first;
    const second = argument === "lines" ? readLine(bytes, here + 2 + first.length, here, at, size) : null;
    if (typeof second === "number") return second;
    const end = after + first.length + 1 + (second === null ? 0 : second.length + 1);
    return { ...plain, bytes: first, second, length: first.length, end };
  }
  const width = Number(argument.slice(-1));
  if (here + 1 + width > bytes.length)
    return after + width > size ? endsEarly(at, after + width, size) : 1 + width;
  const view = new DataView(bytes.buffer, bytes.byteOffset + here + 1, width);
  const number = readNumber(view, argument);
  const offset = after + width;
  if (!argument.startsWith("counted")) return { ...plain, number, end: offset };
  // Lengths of Python 2's strings and of longs are signed.
  if ((name === "OLD_STRING" || name === "LONG") && width === 4 && number >= 2 ** 31)
    throw new ReadError("malformed", "The pickle holds a negative length.", { offset: at });
  const end = offset + number;
  if (end > size) return endsEarly(at, end, size);
  if (name === "LONG" && number > PICKLE_INTEGER_MAX) {
    throw new ReadError(
      "limit",
      `The pickle holds an integer of ${number} bytes; the limit is ${PICKLE_INTEGER_MAX}.`,
      {
        offset: at,
      },
    );
  }
  const payload = { ...plain, offset, length: number, end };
  if (number > PICKLE_INLINE_MAX) return payload;
  if (end - start > bytes.length) return end - at;
  return { ...payload, bytes: bytes.subarray(offset - start, end - start) };
}

function readNumber(view: DataView, argument: PickleArgument): number {
  switch (argument) {
    case "uint1":
    case "counted1":
      return view.getUint8(0);
    case "uint2":
      return view.getUint16(0, true);
    case "int4":
      return view.getInt32(0, true);
    case "uint4":
    case "counted4":
      return view.getUint32(0, true);
    case "float8":
      return view.getFloat64(0, false);
    default:
      // Beyond 2^53 a number is rounded, and still larger than any source.
      return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  }
}

/** The bytes up to the next newline, or how many bytes from `at` are needed to find it. */
function readLine(
  bytes: Uint8Array<ArrayBuffer>,
  from: number,
  here: number,
  at: number,
  size: number,
): Uint8Array<ArrayBuffer> | number {
  const end = bytes.indexOf(10, from);
  const long = (end < 0 ? bytes.length : end) - from;
  if (long > PICKLE_LINE_MAX) {
    throw new ReadError("limit", `The pickle holds a line of more than ${PICKLE_LINE_MAX} bytes.`, {
      offset: at,
    });
  }
  if (end >= 0) return bytes.subarray(from, end);
  const have = bytes.length - here;
  return at + have >= size ? endsEarly(at, size + 1, size) : Math.min(size - at, Math.max(256, 2 * have));
}

function endsEarly(at: number, end: number, size: number): never {
  throw new ReadError(
    "truncated",
    `The pickle should go on to byte ${end}, but its bytes end at ${size}: the file was cut off.`,
    { offset: at },
  );
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
