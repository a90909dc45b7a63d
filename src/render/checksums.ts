import type { Simd } from "../simd/simd.ts";

/** CRC-32 of PNG and zip (polynomial 0xEDB88320) of `bytes`, going on from `crc`. */
export type Crc32 = (bytes: Uint8Array, crc: number) => number;

/** A CRC-32 that looks four bytes up at once ("slicing by 4"), for platforms that bring none. */
export function createCrc32(): Crc32 {
  const tables = new Uint32Array(4 * 256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    tables[i] = value;
  }
  for (let i = 256; i < 1024; i++) tables[i] = (tables[i - 256]! >>> 8) ^ tables[tables[i - 256]! & 255]!;
  return (bytes, crc) => {
    let state = ~crc;
    const whole = bytes.length & ~3;
    let i = 0;
    for (; i < whole; i += 4) {
      state ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      state =
        tables[768 + (state & 255)]! ^
        tables[512 + ((state >>> 8) & 255)]! ^
        tables[256 + ((state >>> 16) & 255)]! ^
        tables[state >>> 24]!;
    }
    for (; i < bytes.length; i++) state = (state >>> 8) ^ tables[(state ^ bytes[i]!) & 255]!;
    return ~state >>> 0;
  };
}

/** Largest prime below 2^16, Adler-32's modulus. */
const MODULUS = 65521;
/** Bytes whose sums stay below 2^31 without a reduction. */
const RUN = 3600;

/** A growing Adler-32 (RFC 1950), which zlib streams end with. */
export interface Adler32 {
  add(bytes: Uint8Array, from: number, to: number): void;
  /** As `add` of `count` zero bytes, without looking at them. */
  addZeros(count: number): void;
  value(): number;
}

/** A fresh Adler-32, sixteen bytes at a time where `simd` is given. */
export function createAdler32(simd: Simd | null = null): Adler32 {
  const sums = simd?.byteSummer() ?? null;
  let a = 1;
  let b = 0;
  return {
    add(bytes, from, to) {
      let [taken, low, high] = [0, a, b];
      if (sums !== null && to - from >= 64) [taken, low, high] = sums(bytes, from, to, a, b);
      for (let i = from + taken; i < to; ) {
        const end = Math.min(to, i + RUN);
        for (; i < end; i++) {
          low = (low + bytes[i]!) | 0;
          high = (high + low) | 0;
        }
        low %= MODULUS;
        high %= MODULUS;
      }
      a = low;
      b = high;
    },
    addZeros(count) {
      b = (b + (count % MODULUS) * a) % MODULUS;
    },
    value: () => ((b << 16) | a) >>> 0,
  };
}
