import type { Kernel } from "../kernel/kernel.ts";
import { MIDDLE_LEVEL } from "../tone/level.ts";

/** One row of tiles: where each one's weights begin, its left edge in pixels, and its value range. */
export interface TileRow {
  /** Tiles in this row. */
  count: number;
  /** Index of each tile's first weight. */
  readonly bases: Int32Array<ArrayBuffer>;
  readonly lefts: Int32Array<ArrayBuffer>;
  /** Index of each tile's value range. */
  readonly ranges: Int32Array<ArrayBuffer>;
}

/** What the fast painters need besides. */
export interface GrayRowRequest {
  readonly weights: Kernel["weights"];
  readonly tiles: TileRow;
  /** Added to each base: the weights' row within their slices. */
  readonly rowOffset: number;
  readonly columns: number;
  readonly columnStride: number;
  readonly cell: number;
  readonly mins: Float64Array;
  readonly maxs: Float64Array;
}

/**
 * Paints one row of pixels of tiles whose weights are all finite and inside their ranges, level = gray. The same
 * arithmetic as `levelOf`, opened up so that nothing is called or allocated per weight; float32 and float64 are
 * two functions because the compiler then knows the array.
 */
export function paintGrayRow(request: GrayRowRequest, into: Uint8Array, offset: number): void {
  if (request.weights instanceof Float32Array) paintSingle(request.weights, request, into, offset);
  else paintDouble(request.weights, request, into, offset);
}

function paintSingle(weights: Float32Array, request: GrayRowRequest, into: Uint8Array, offset: number): void {
  const { tiles, rowOffset, columns, columnStride, cell, mins, maxs } = request;
  const { count, bases, lefts, ranges } = tiles;
  for (let tile = 0; tile < count; tile++) {
    const range = ranges[tile]!;
    const min = mins[range]!;
    const span = maxs[range]! - min;
    let pixel = offset + lefts[tile]!;
    if (!(span > 0)) {
      into.fill(MIDDLE_LEVEL, pixel, pixel + columns * cell);
      continue;
    }
    let index = bases[tile]! + rowOffset;
    for (let column = 0; column < columns; column++, index += columnStride) {
      const level = (Math.fround(Math.fround(weights[index]! - min) / span) * 256) | 0;
      // 256 is the range's upper end, which belongs to level 255.
      const gray = level - (level >> 8);
      for (let i = 0; i < cell; i++) into[pixel++] = gray;
    }
  }
}

function paintDouble(weights: Float64Array, request: GrayRowRequest, into: Uint8Array, offset: number): void {
  const { tiles, rowOffset, columns, columnStride, cell, mins, maxs } = request;
  const { count, bases, lefts, ranges } = tiles;
  for (let tile = 0; tile < count; tile++) {
    const range = ranges[tile]!;
    const min = mins[range]!;
    const span = maxs[range]! - min;
    let pixel = offset + lefts[tile]!;
    if (!(span > 0)) {
      into.fill(MIDDLE_LEVEL, pixel, pixel + columns * cell);
      continue;
    }
    let index = bases[tile]! + rowOffset;
    for (let column = 0; column < columns; column++, index += columnStride) {
      const level = (((weights[index]! - min) / span) * 256) | 0;
      const gray = level - (level >> 8);
      for (let i = 0; i < cell; i++) into[pixel++] = gray;
    }
  }
}
