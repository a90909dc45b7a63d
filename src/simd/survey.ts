import { instantiate } from "./instance.ts";
import type { WeightSurvey } from "./simd.ts";

/** Weights that are copied in at a time, about; they stay in the processor's cache. */
const PIECE = 16_384;
/** First bytes of the memory, for results. */
const HEAD = 64;

/** See `Simd.survey`. */
export function simdSurvey(module: WebAssembly.Module, weights: Float32Array, slice: number): WeightSurvey {
  // Whole slices, so that none is cut in two.
  const room = slice <= PIECE ? PIECE - (PIECE % slice) : slice;
  const { memory, ends, repeats } = instantiate(module, HEAD + 4 * (room + 8));
  const piece = new Float32Array(memory.buffer, HEAD, room + 8);
  const lanes = new Float32Array(memory.buffer, 0, 8);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let repeated = false;
  for (let at = 0; at < weights.length; at += room) {
    const count = Math.min(room, weights.length - at);
    piece.set(weights.subarray(at, at + count));
    repeated ||= slice > 1 && repeats(HEAD, HEAD + 4 * count, 4 * slice) === 1;
    // The last eight are completed with a weight that is among them.
    const whole = Math.ceil(count / 8) * 8;
    piece.fill(piece[0]!, count, whole);
    ends(HEAD, whole, 0);
    low = Math.min(low, lanes[0]!, lanes[1]!, lanes[2]!, lanes[3]!);
    high = Math.max(high, lanes[4]!, lanes[5]!, lanes[6]!, lanes[7]!);
  }
  return { low, high, repeated };
}
