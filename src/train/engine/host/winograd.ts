import { FILTER_BLOCK } from "../wasm/blocks.ts";
import type { Tile } from "./tile.ts";

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
          const [ends, wide] = [(a + c) / 6, (a + 4 * c) / 24];
          floats[to] = a / 4;
          floats[to + point] = -ends - b / 6;
          floats[to + 2 * point] = b / 6 - ends;
          floats[to + 3 * point] = wide + b / 12;
          floats[to + 4 * point] = wide - b / 12;
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
      const [a, b] = [floats[at + point]!, floats[at + 2 * point]!];
      const [c, d] = [floats[at + 3 * point]!, floats[at + 4 * point]!];
      floats[to + i] = floats[at]! / 4 - (a + b) / 6 + (c + d) / 24;
      floats[to + size + i] = (b - a) / 6 + (c - d) / 12;
      floats[to + 2 * size + i] = (c + d - a - b) / 6 + floats[at + 5 * point]!;
    }
  }
}
