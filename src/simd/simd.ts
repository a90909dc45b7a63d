/** The compiled module of levels.wat; `loadSimd` makes one. Hand it to `montage` and `encodePng`. */
export interface Simd {
  readonly module: WebAssembly.Module;
}

/** What levels.wat exports; offsets and counts are in bytes and numbers of values. */
export interface SimdExports {
  readonly memory: WebAssembly.Memory;
  ends(src: number, count: number, out: number): void;
  levels(src: number, dst: number, count: number, min: number, span: number): void;
  scatter(src: number, step: number, dst: number, lefts: number, tiles: number, columns: number): void;
  adler(src: number, count: number, a: number, b: number): bigint;
}

/**
 * Loads the 900 bytes of WebAssembly that look at four weights at a time: large kernels are measured and painted
 * about three times as fast. Null where the platform has no WebAssembly SIMD or forbids it; everything works
 * without, to the same pixel.
 *
 * @example
 * const simd = await loadSimd();
 * await writePng(montage(kernel, options, simd), write, { simd });
 */
export async function loadSimd(): Promise<Simd | null> {
  try {
    const { SIMD_MODULE } = await import("./module.ts");
    const bytes = Uint8Array.from(atob(SIMD_MODULE), (character) => character.charCodeAt(0));
    return { module: await WebAssembly.compile(bytes) };
  } catch {
    return null;
  }
}

const PAGE = 65536;

/** A fresh instance with at least `bytes` of memory. */
export function instantiate({ module }: Simd, bytes: number): SimdExports {
  const exports = new WebAssembly.Instance(module).exports as unknown as SimdExports;
  const missing = Math.ceil(bytes / PAGE) - exports.memory.buffer.byteLength / PAGE;
  if (missing > 0) exports.memory.grow(missing);
  return exports;
}

/** Weights that are copied in at a time; they stay in the processor's cache. */
const PIECE = 16_384;
/** First bytes of the memory, for results. */
const HEAD = 64;

/**
 * Smallest and largest of `weights[from … to)`, both NaN when one of them is NaN.
 */
export function simdEnds(
  simd: Simd,
  weights: Float32Array,
  from: number,
  to: number,
): readonly [low: number, high: number] {
  const { memory, ends } = instantiate(simd, HEAD + 4 * PIECE);
  const piece = new Float32Array(memory.buffer, HEAD, PIECE);
  const lanes = new Float32Array(memory.buffer, 0, 8);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = from; at < to; at += PIECE) {
    const count = Math.min(PIECE, to - at);
    piece.set(weights.subarray(at, at + count));
    // The last eight are completed with a weight that is among them.
    const whole = Math.ceil(count / 8) * 8;
    piece.fill(piece[0]!, count, whole);
    ends(HEAD, whole, 0);
    low = Math.min(low, lanes[0]!, lanes[1]!, lanes[2]!, lanes[3]!);
    high = Math.max(high, lanes[4]!, lanes[5]!, lanes[6]!, lanes[7]!);
  }
  return [low, high];
}

/** Adler-32's sums over bytes that lie outside: how many were taken (a multiple of 16), and the sums after them. */
export type SimdAdler = (
  bytes: Uint8Array,
  from: number,
  to: number,
  a: number,
  b: number,
) => readonly [taken: number, a: number, b: number];

/** A summer of bytes with memory of its own. */
export function simdAdler(simd: Simd): SimdAdler {
  const { memory, adler } = instantiate(simd, PAGE);
  const room = new Uint8Array(memory.buffer);
  return (bytes, from, to, a, b) => {
    const whole = (to - from) & ~15;
    let [low, high] = [a, b];
    for (let at = from; at < from + whole; at += PAGE) {
      const count = Math.min(PAGE, from + whole - at);
      room.set(bytes.subarray(at, at + count));
      const sums = adler(0, count, low, high);
      low = Number(sums & 0xffffffffn);
      high = Number(sums >> 32n);
    }
    return [whole, low, high];
  };
}
