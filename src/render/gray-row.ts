import type { Montage } from "../montage/montage.ts";
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

/** What a row painter needs to know once. */
export interface GrayRows {
  readonly weights: Montage["kernel"]["weights"];
  readonly tiles: TileRow;
  readonly columns: number;
  readonly columnStride: number;
  readonly cell: number;
  readonly mins: Float64Array;
  readonly maxs: Float64Array;
}

/** Paints row `weightOffset` (added to each tile's base) of all tiles into `into`, whose row begins at `offset`. */
export type PaintGrayRow = (weightOffset: number, into: Uint8Array, offset: number) => void;

/**
 * A painter of rows of tiles whose weights are all finite and inside their ranges, level = gray. The arithmetic is
 * `levelOf`'s, opened up so that nothing is called or allocated per weight. One function per array type, and one
 * for the common case of a single range and a pixel a weight: each then compiles to a tight loop.
 */
export function grayRowPainter(rows: GrayRows): PaintGrayRow {
  const { weights } = rows;
  if (weights instanceof Float64Array)
    return (weightOffset, into, offset) => paintDouble(weights, rows, weightOffset, into, offset);
  if (rows.mins.length === 1 && rows.cell === 1 && rows.mins[0]! < rows.maxs[0]!) {
    return (weightOffset, into, offset) => paintSinglePixels(weights, rows, weightOffset, into, offset);
  }
  return (weightOffset, into, offset) => paintSingle(weights, rows, weightOffset, into, offset);
}

function paintSinglePixels(
  weights: Float32Array,
  rows: GrayRows,
  weightOffset: number,
  into: Uint8Array,
  offset: number,
): void {
  const { tiles, columns, columnStride } = rows;
  const { count, bases, lefts } = tiles;
  const min = rows.mins[0]!;
  const span = rows.maxs[0]! - min;
  for (let tile = 0; tile < count; tile++) {
    const pixel = offset + lefts[tile]!;
    let index = bases[tile]! + weightOffset;
    for (let column = 0; column < columns; column++, index += columnStride) {
      const level = (Math.fround(Math.fround(weights[index]! - min) / span) * 256) | 0;
      // 256 is the range's upper end, which belongs to level 255.
      into[pixel + column] = level - (level >> 8);
    }
  }
}

function paintSingle(
  weights: Float32Array,
  rows: GrayRows,
  weightOffset: number,
  into: Uint8Array,
  offset: number,
): void {
  const { tiles, columns, columnStride, cell, mins, maxs } = rows;
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
    let index = bases[tile]! + weightOffset;
    for (let column = 0; column < columns; column++, index += columnStride) {
      const level = (Math.fround(Math.fround(weights[index]! - min) / span) * 256) | 0;
      const gray = level - (level >> 8);
      for (let i = 0; i < cell; i++) into[pixel++] = gray;
    }
  }
}

function paintDouble(
  weights: Float64Array,
  rows: GrayRows,
  weightOffset: number,
  into: Uint8Array,
  offset: number,
): void {
  const { tiles, columns, columnStride, cell, mins, maxs } = rows;
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
    let index = bases[tile]! + weightOffset;
    for (let column = 0; column < columns; column++, index += columnStride) {
      const level = (((weights[index]! - min) / span) * 256) | 0;
      const gray = level - (level >> 8);
      for (let i = 0; i < cell; i++) into[pixel++] = gray;
    }
  }
}
