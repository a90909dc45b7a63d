import { Random } from "../random.ts";
import { type Dataset, toCategorical } from "./array.ts";
import { drawFlower } from "./draw-flower.ts";
import { FLOWER_KINDS, FLOWER_RECIPES } from "./flower-recipes.ts";

/** Size and randomness of `proceduralFlowers`. */
export interface ProceduralFlowersOptions {
  /** Pictures, spread evenly over the kinds; default 1360 (80 of each, as in Oxford 17). */
  readonly count?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** Pixels along a side; default 224. */
  readonly side?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Drawn flowers of 17 kinds in random order: [count, side, side, 3] bytes. A stand-in, of its own name, for
 * data sets of photographs that cannot be shipped. Picture i depends only on the seed, i and the size.
 */
export function proceduralFlowers(options: ProceduralFlowersOptions = {}): Dataset {
  const { count = 1360, seed = 0, side = 224, onProgress } = options;
  const kinds = new Random(seed).shuffle(Uint8Array.from({ length: count }, (_, i) => i % FLOWER_KINDS));
  const each = side * side * 3;
  const data = new Uint8Array(count * each);
  for (let i = 0; i < count; i++) {
    const random = new Random((Math.imul(seed + 1, 0x9e3779b1) + i) >>> 0);
    drawFlower(kinds[i]!, side, random, data.subarray(i * each, (i + 1) * each));
    onProgress?.(i + 1, count);
  }
  return {
    name: "procedural flowers",
    inputs: { data, shape: [count, side, side, 3] },
    labels: toCategorical(kinds, FLOWER_KINDS),
    classNames: FLOWER_RECIPES.map((_, kind) => `kind ${kind}`),
  };
}
