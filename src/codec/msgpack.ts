import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";

/**
 * One value's head. Containers say how many values follow (a map: twice `count`); text, bytes and extensions say
 * where their payload lies, which is not read.
 */
export type MsgpackToken =
  | { readonly kind: "nil" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "map" | "list"; readonly count: number }
  | { readonly kind: "text"; readonly offset: number; readonly length: number }
  | { readonly kind: "bytes"; readonly offset: number; readonly length: number }
  | { readonly kind: "extension"; readonly type: number; readonly offset: number; readonly length: number };

/** Walks a MessagePack stream head by head. */
export interface MsgpackCursor {
  /** Where the next head is read. */
  readonly offset: number;
  /** The next value's head; afterwards the cursor stands at its payload, or behind it when it has none. */
  next(): Promise<MsgpackToken>;
  /** The UTF-8 text of a token, after which the cursor stands. */
  text(token: MsgpackToken & { readonly kind: "text" }): Promise<string>;
  /** Goes to `offset`, such as the end of a payload that is left unread. */
  skipTo(offset: number): void;
}

/** Bytes of the longest head: a 64-bit number. */
const HEAD_MOST = 9;
/** Bytes read at first after a payload was skipped; doubled while reads follow each other, up to the second. */
const WINDOW_LEAST = 512;
const WINDOW_MOST = 64 * 1024;

/**
 * A cursor at `start` of `source` (format: MessagePack's specification of 2017-08-09). Payloads that are skipped are
 * never read, so that a file of weights is walked by its heads. Integers beyond 2^53 are rounded.
 *
 * @throws ReadError (from its methods) `truncated`, `malformed`, or what the budget says.
 */
export function msgpackCursor(
  source: Source,
  range: { readonly start: number; readonly end: number },
  budget: Budget,
  signal?: AbortSignal,
): MsgpackCursor {
  const { end } = range;
  let at = range.start;
  let window = new Uint8Array(0);
  let windowStart = at;
  let size = WINDOW_LEAST;

  /** Makes `wanted` bytes at the cursor available, as far as the range goes. */
  const fill = async (wanted: number): Promise<void> => {
    const have = windowStart + window.length;
    if (at >= windowStart && (have >= at + wanted || have >= end)) return;
    size = at >= windowStart && at <= have ? Math.min(size * 2, WINDOW_MOST) : WINDOW_LEAST;
    const length = Math.min(Math.max(wanted, size), end - at);
    const release = budget.take(length, "text in the file");
    try {
      window = await source.read(at, length, signal);
    } finally {
      release();
    }
    windowStart = at;
  };

  const broken = (code: "truncated" | "malformed", message: string): ReadError =>
    new ReadError(code, message, { file: source.name, offset: at });

  const bytesLeft = (length: number, head: number): void => {
    if (at + head + length <= end) return;
    throw broken(
      "truncated",
      `The value at byte ${at} announces ${length} bytes, but only ${Math.max(0, end - at - head)} follow.`,
    );
  };

  return {
    get offset() {
      return at;
    },
    async next() {
      budget.count(1, "values of MessagePack");
      if (at >= end)
        throw broken("truncated", `A value should follow at byte ${at}, but the file ends there.`);
      await fill(HEAD_MOST);
      const view = new DataView(
        window.buffer,
        window.byteOffset + at - windowStart,
        Math.min(HEAD_MOST, windowStart + window.length - at),
      );
      const head = readHead(view, at, broken);
      const { token, length } = head;
      if (token.kind === "map" || token.kind === "list")
        bytesLeft(token.count * (token.kind === "map" ? 2 : 1), length);
      else if ("length" in token) bytesLeft(token.length, length);
      at += length;
      return token;
    },
    async text({ offset, length }) {
      at = offset;
      await fill(length);
      const from = at - windowStart;
      const bytes = window.subarray(from, from + length);
      at += length;
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        throw broken("malformed", `The text at byte ${offset} is not valid UTF-8.`);
      }
    },
    skipTo(offset) {
      at = offset;
    },
  };
}

interface Head {
  readonly token: MsgpackToken;
  readonly length: number;
}

/** Reads a head at the start of `view`, which stands at byte `at` of the file. */
function readHead(
  view: DataView,
  at: number,
  broken: (code: "truncated" | "malformed", message: string) => ReadError,
): Head {
  const first = view.getUint8(0);
  const number = (value: number, length: number): Head => ({ token: { kind: "number", value }, length });
  if (first <= 0x7f) return number(first, 1);
  if (first >= 0xe0) return number(first - 256, 1);
  if (first <= 0x8f) return { token: { kind: "map", count: first & 15 }, length: 1 };
  if (first <= 0x9f) return { token: { kind: "list", count: first & 15 }, length: 1 };
  if (first <= 0xbf) return { token: { kind: "text", offset: at + 1, length: first & 31 }, length: 1 };
  const length = 1 + (OPERAND[first - 0xc0] ?? 0);
  if (length > view.byteLength)
    throw broken(
      "truncated",
      `The value at byte ${at} has a head of ${length} bytes, but only ${view.byteLength} follow.`,
    );
  const unsigned = (size: number): number =>
    size === 1 ? view.getUint8(1) : size === 2 ? view.getUint16(1) : view.getUint32(1);
  /** The type of an extension stands behind its length. */
  const extension = (count: number): Head => ({
    token: { kind: "extension", type: view.getInt8(length - 1), offset: at + length, length: count },
    length,
  });
  switch (first) {
    case 0xc0:
      return { token: { kind: "nil" }, length };
    case 0xc2:
    case 0xc3:
      return { token: { kind: "boolean", value: first === 0xc3 }, length };
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return { token: { kind: "bytes", offset: at + length, length: unsigned(length - 1) }, length };
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return extension(unsigned(length - 2));
    case 0xca:
      return number(view.getFloat32(1), length);
    case 0xcb:
      return number(view.getFloat64(1), length);
    case 0xcc:
    case 0xcd:
    case 0xce:
      return number(unsigned(length - 1), length);
    case 0xcf:
      return number(Number(view.getBigUint64(1)), length);
    case 0xd0:
      return number(view.getInt8(1), length);
    case 0xd1:
      return number(view.getInt16(1), length);
    case 0xd2:
      return number(view.getInt32(1), length);
    case 0xd3:
      return number(Number(view.getBigInt64(1)), length);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return extension(2 ** (first - 0xd4));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return { token: { kind: "text", offset: at + length, length: unsigned(length - 1) }, length };
    case 0xdc:
    case 0xdd:
      return { token: { kind: "list", count: unsigned(length - 1) }, length };
    case 0xde:
    case 0xdf:
      return { token: { kind: "map", count: unsigned(length - 1) }, length };
    default:
      throw broken(
        "malformed",
        `Byte ${at} holds 0x${first.toString(16)}, which begins no value of MessagePack.`,
      );
  }
}

/** Bytes behind the first of a head, from 0xc0 (nil) to 0xdf (a map of 32-bit size). */
const OPERAND: readonly number[] = [
  0, 0, 0, 0, 1, 2, 4, 2, 3, 5, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1, 1, 1, 1, 1, 1, 2, 4, 2, 4, 2, 4,
];
