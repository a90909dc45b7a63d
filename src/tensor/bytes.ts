import { ReadError } from "../errors.ts";

/** `bytes` starting at a multiple of `size` in their buffer; copied only when they do not. */
export function aligned(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}

/** A copy of `bytes` with the bytes of every `size`-byte word in reverse order. */
export function swapped(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length);
  for (let start = 0; start + size <= bytes.length; start += size) {
    for (let i = 0; i < size; i++) result[start + i] = bytes[start + size - 1 - i]!;
  }
  return result;
}

/** Little-endian words as this machine stores them: typed arrays over them then read the file's values. */
export function toNative(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  return little || size === 1 ? aligned(bytes, size) : swapped(bytes, size);
}

/** Throws `source-short` unless `bytes` are exactly `length`. */
export function assertLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) {
    throw new ReadError("source-short", `${what} should be ${length} bytes, but ${bytes.length} arrived.`);
  }
}
