import { instantiate } from "./instance.ts";

/** Weights that are copied in at a time; they stay in the processor's cache. */
const PIECE = 16_384;
/** First bytes of the memory, for results. */
const HEAD = 64;

/** See `Simd.ends`. */
export function simdEnds(
  module: WebAssembly.Module,
  weights: Float32Array,
  from: number,
  to: number,
): readonly [low: number, high: number] {
  const { memory, ends } = instantiate(module, HEAD + 4 * PIECE);
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
