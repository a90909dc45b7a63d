import { ReadError } from "../../errors.ts";

/** A little-endian reader over one structure of a file; passing its end is `malformed`. */
export interface Cursor {
  readonly at: number;
  readonly left: number;
  /** An unsigned number of 1 to 8 bytes; null where all bits are set (HDF5's undefined address). */
  uint(bytes: number): number | null;
  /** As `uint`, for fields that are never undefined. */
  number(bytes: number): number;
  skip(bytes: number): void;
  take(bytes: number): Uint8Array;
}

/** A cursor at the start of `bytes`. */
export function cursorOf(bytes: Uint8Array): Cursor {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (!(count >= 0) || at + count > bytes.length) {
      throw new ReadError(
        "malformed",
        `An HDF5 structure of ${bytes.length} bytes should go on for ${count} bytes after ${at}.`,
      );
    }
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (count: number): number => {
    let value = 0;
    const part = take(count);
    for (let index = count - 1; index >= 0; index--) value = value * 256 + part[index]!;
    return value;
  };
  return {
    get at() {
      return at;
    },
    get left() {
      return bytes.length - at;
    },
    number,
    uint(count) {
      if (bytes.subarray(at, at + count).every((byte) => byte === 0xff) && at + count <= bytes.length) {
        at += count;
        return null;
      }
      return number(count);
    },
    skip: (count) => void take(count),
    take,
  };
}
