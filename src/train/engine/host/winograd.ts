import { FILTER_BLOCK } from "../wasm/blocks.ts";
import { FAR, NEAR } from "../wasm/winograd.ts";
import type { Tile } from "./tile.ts";

/** One over what the other factors of x (x^2 - a^2) (x^2 - b^2) are at each point. */
const AT_ZERO = 1 / (NEAR ** 2 * FAR ** 2);
const AT_NEAR = 1 / (2 * NEAR ** 2 * (NEAR ** 2 - FAR ** 2));
const AT_FAR = 1 / (2 * FAR ** 2 * (FAR ** 2 - NEAR ** 2));

/**
 * A kernel whose last axis has three taps as the six points of Winograd's F(4, 3): for each point what `packKernel`
 * would make of a kernel without that axis. Units: blocks of filters.
 */
export interface PackPointsCall {
  readonly kind: "packPoints";
  readonly source: number;
  readonly target: number;
  /** Taps of the other axes. */
  readonly lines: number;
  readonly channels: number;
  readonly filters: number;
  /** As for `packKernel`. */
  readonly flip: boolean;
}

/** The gradients of the six points as those of three taps. Units: lines. */
export interface TakePointsCall {
  readonly kind: "takePoints";
  /** Address of the points' gradients `[point][line][channel][filter]`. */
  readonly source: number;
  readonly target: number;
  readonly lines: number;
  /** Channels times filters. */
  readonly size: number;
}

export function runPackPoints(call: PackPointsCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const { lines, channels, filters, flip } = call;
  const [ins, outs] = flip ? [filters, channels] : [channels, filters];
  const tap = channels * filters;
  const point = lines * tap;
  const source = call.source >> 2;
  for (let unit = begin; unit < end; unit++) {
    const first = unit * FILTER_BLOCK;
    const last = Math.min(outs, first + FILTER_BLOCK);
    let to = (call.target >> 2) + first * lines * ins;
    for (let line = 0; line < lines; line++) {
      const from = source + (flip ? lines - 1 - line : line) * 3 * tap;
      for (let i = 0; i < ins; i++) {
        for (let o = first; o < last; o++, to++) {
          const at = from + (flip ? o * filters + i : i * filters + o);
          const a = floats[flip ? at + 2 * tap : at]!;
          const b = floats[at + tap]!;
          const c = floats[flip ? at : at + 2 * tap]!;
          const near = (a + NEAR ** 2 * c) * AT_NEAR;
          const far = (a + FAR ** 2 * c) * AT_FAR;
          floats[to] = a * AT_ZERO;
          floats[to + point] = near + b * NEAR * AT_NEAR;
          floats[to + 2 * point] = near - b * NEAR * AT_NEAR;
          floats[to + 3 * point] = far + b * FAR * AT_FAR;
          floats[to + 4 * point] = far - b * FAR * AT_FAR;
          floats[to + 5 * point] = c;
        }
      }
    }
  }
}

export function runTakePoints(call: TakePointsCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const { lines, size } = call;
  const point = lines * size;
  for (let line = begin; line < end; line++) {
    const from = (call.source >> 2) + line * size;
    const to = (call.target >> 2) + line * 3 * size;
    for (let i = 0; i < size; i++) {
      const at = from + i;
      const near = (floats[at + point]! + floats[at + 2 * point]!) * AT_NEAR;
      const nearOdd = (floats[at + point]! - floats[at + 2 * point]!) * AT_NEAR * NEAR;
      const far = (floats[at + 3 * point]! + floats[at + 4 * point]!) * AT_FAR;
      const farOdd = (floats[at + 3 * point]! - floats[at + 4 * point]!) * AT_FAR * FAR;
      floats[to + i] = floats[at]! * AT_ZERO + near + far;
      floats[to + size + i] = nearOdd + farOdd;
      floats[to + 2 * size + i] = near * NEAR ** 2 + far * FAR ** 2 + floats[at + 5 * point]!;
    }
  }
}
