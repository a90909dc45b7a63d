import { ReadError } from "../../errors.ts";

/**
 * A little-endian reader over one structure of a file; passing its end is `malformed`. A class, because a
 * listing makes tens of thousands of them and closures cost several times as much.
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes after the cursor. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** An unsigned number of 1 to 8 bytes. */
  number(count: number): number {
    const start = this.#at;
    this.skip(count);
    let value = 0;
    for (let index = start + count - 1; index >= start; index--) value = value * 256 + this.#bytes[index]!;
    return value;
  }

  /** As `number`; null where all bits are set (HDF5's undefined address). */
  address(count: number): number | null {
    const bytes = this.take(count);
    return bytes.every((byte) => byte === 0xff) ? null : cursorOf(bytes).number(count);
  }

  skip(count: number): void {
    if (!(count >= 0) || this.#at + count > this.#bytes.length) {
      throw new ReadError(
        "malformed",
        `An HDF5 structure of ${this.#bytes.length} bytes should go on for ${count} bytes after ${this.#at}.`,
      );
    }
    this.#at += count;
  }

  take(count: number): Uint8Array {
    const start = this.#at;
    this.skip(count);
    return this.#bytes.subarray(start, start + count);
  }
}

/** A cursor at the start of `bytes`. */
export function cursorOf(bytes: Uint8Array): Cursor {
  return new Cursor(bytes);
}
