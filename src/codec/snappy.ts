import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import { readVarint } from "./protobuf.ts";

/** No element of the format makes more than 64 bytes out of its shortest form of two. */
const SNAPPY_MOST = 64;

/**
 * Decompresses one raw Snappy block (no frames), as LevelDB tables hold them.
 *
 * @throws ReadError `malformed` when the block contradicts itself, `limit` when it states an impossible size.
 */
export function unsnappy(bytes: Uint8Array, budget: Budget, what: string): Uint8Array<ArrayBuffer> {
  const { value: length, next } = readVarint(bytes, 0, 0, what);
  if (!(length >= 0 && length <= bytes.length * SNAPPY_MOST)) {
    throw new ReadError(
      "limit",
      `${what} says that its ${bytes.length} bytes become ${length}; Snappy makes at most ${SNAPPY_MOST} times as many.`,
    );
  }
  budget.take(length, what);
  const result = new Uint8Array(length);
  let to = 0;
  for (let at = next; at < bytes.length; ) {
    const element = readElement(bytes, at);
    const { literal, offset, size } = element;
    const fits = literal ? element.next + size <= bytes.length : offset > 0 && offset <= to;
    if (!fits || to + size > length) {
      throw new ReadError("malformed", `${what} is no sound Snappy block: byte ${at} leads outside of it.`);
    }
    if (literal) result.set(bytes.subarray(element.next, element.next + size), to);
    // A copy may overlap what it writes: then it repeats.
    else for (let i = 0; i < size; i++) result[to + i] = result[to + i - offset]!;
    to += size;
    at = element.next + (literal ? size : 0);
  }
  if (to !== length) {
    throw new ReadError(
      "malformed",
      `${what} should hold ${length} bytes once decompressed, but holds ${to}.`,
    );
  }
  return result;
}

interface Element {
  readonly literal: boolean;
  readonly size: number;
  /** How far back a copy begins. */
  readonly offset: number;
  /** Index after the element's head. */
  readonly next: number;
}

/** The element at `at`; bytes past the end read as 0 and fail the caller's checks. */
function readElement(bytes: Uint8Array, at: number): Element {
  const byte = (index: number): number => bytes[index] ?? 0;
  const tag = byte(at);
  if ((tag & 3) === 0) {
    const short = tag >> 2;
    const extra = Math.max(0, short - 59);
    let size = short;
    if (extra > 0) {
      size = 0;
      for (let i = 0; i < extra; i++) size += byte(at + 1 + i) * 2 ** (8 * i);
    }
    return { literal: true, size: size + 1, offset: 0, next: at + 1 + extra };
  }
  if ((tag & 3) === 1) {
    const offset = ((tag >> 5) << 8) | byte(at + 1);
    return { literal: false, size: ((tag >> 2) & 7) + 4, offset, next: at + 2 };
  }
  const wide = (tag & 3) === 3;
  const offset =
    byte(at + 1) + byte(at + 2) * 256 + (wide ? byte(at + 3) * 2 ** 16 + byte(at + 4) * 2 ** 24 : 0);
  return { literal: false, size: (tag >> 2) + 1, offset, next: at + (wide ? 5 : 3) };
}
