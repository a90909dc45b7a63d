import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";

/** Reads a file from front to back: numbers, texts and what is skipped, in windows of many bytes. */
export interface Cursor {
  /** Byte of the file that comes next. */
  position(): number;
  /** Bytes from here to the end of the file. */
  left(): number;
  /** Makes sure that the next `length` bytes are at hand; a promise only when they must be read first. */
  need(length: number): Promise<void> | undefined;
  /** Unsigned; must be at hand. */
  uint32(): number;
  /** Unsigned, at hand. @throws ReadError `malformed` above 2^53. */
  uint64(): number;
  /** UTF-8, at hand; what is none is replaced, as names are only shown. */
  text(length: number): string;
  /** Passes over bytes without reading them. */
  skip(length: number): void;
}

/** Bytes of one window. */
const WINDOW = 64 * 1024;

/**
 * A cursor at the start of `source`.
 *
 * @throws ReadError (from its functions) `truncated` when the file ends first, or what the source says.
 */
export function createCursor(
  source: Source,
  { littleEndian, what, signal }: { littleEndian: boolean; what: string; signal?: AbortSignal | undefined },
): Cursor {
  let start = 0;
  let at = 0;
  let view = new DataView(new ArrayBuffer(0));

  const assertLeft = (length: number): void => {
    const position = start + at;
    if (length <= source.size - position) return;
    throw new ReadError(
      "truncated",
      `${what} should go on for ${length} bytes at byte ${position}, but the file has ${source.size}.`,
      { offset: Math.min(position, source.size) },
    );
  };

  const fetch = async (length: number): Promise<void> => {
    assertLeft(length);
    start += at;
    at = 0;
    const bytes = await source.read(start, Math.min(Math.max(length, WINDOW), source.size - start), signal);
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };

  return {
    position: () => start + at,
    left: () => source.size - start - at,
    need: (length) => (at + length <= view.byteLength ? undefined : fetch(length)),
    uint32() {
      at += 4;
      return view.getUint32(at - 4, littleEndian);
    },
    uint64() {
      at += 8;
      const value = Number(view.getBigUint64(at - 8, littleEndian));
      if (Number.isSafeInteger(value)) return value;
      throw new ReadError("malformed", `${what} states the number ${value}, which no file can mean.`, {
        offset: start + at - 8,
      });
    },
    text(length) {
      at += length;
      return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at - length, length));
    },
    skip(length) {
      assertLeft(length);
      at += length;
      if (at <= view.byteLength) return;
      start += at;
      at = 0;
      view = new DataView(new ArrayBuffer(0));
    },
  };
}
