import { ReadError } from "../errors.ts";
import type { Samples } from "./evaluate.ts";

/** One factor per sample from class weights and sample weights together; null when neither is given. */
export function sampleWeightsOf(
  samples: Samples,
  classWeight: Readonly<Record<number, number>> | undefined,
  sampleWeight: ArrayLike<number> | undefined,
): Float32Array | null {
  if (classWeight === undefined && sampleWeight === undefined) return null;
  if (sampleWeight !== undefined && sampleWeight.length !== samples.count) {
    throw new ReadError(
      "bad-option",
      `There are ${samples.count} samples but ${sampleWeight.length} sample weights.`,
    );
  }
  return Float32Array.from({ length: samples.count }, (_, i) => {
    const own = sampleWeight === undefined ? 1 : sampleWeight[i]!;
    return classWeight === undefined ? own : own * (classWeight[classOf(samples, i)] ?? 1);
  });
}

/** The class of a sample: its number, or the place of the largest target. */
function classOf({ targets, targetSize }: Samples, sample: number): number {
  if (targetSize === 1) return targets[sample]!;
  let best = 0;
  for (let i = 1; i < targetSize; i++) {
    if (targets[sample * targetSize + i]! > targets[sample * targetSize + best]!) best = i;
  }
  return best;
}
