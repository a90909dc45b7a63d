import { instantiate } from "./instance.ts";
import type { PaintSimdRow, SimdRows } from "./simd.ts";

/** Bytes that the levels and weights of one row of tiles may take; wider rows are left to plain code. */
const LARGEST_ROW = 64 * 1024 * 1024;

/** See `Simd.rowPainter`. */
export function simdRowPainter(module: WebAssembly.Module, request: SimdRows): PaintSimdRow | null {
  const { weights, lefts, rows, columns, cell, min, span, width, ground } = request;
  const perTile = rows * columns;
  // Sixteens are worked on at a time, and the last sixteen may be incomplete.
  const room = Math.ceil((lefts.length * perTile) / 16) * 16;
  const leftsAt = 0;
  const weightsAt = Math.ceil((4 * lefts.length) / 16) * 16;
  const levelsAt = weightsAt + 4 * room;
  const pixelsAt = levelsAt + room;
  const bytes = pixelsAt + width;
  if (bytes > LARGEST_ROW) return null;
  const exports = instantiate(module, bytes);
  const { buffer } = exports.memory;
  new Int32Array(buffer, leftsAt, lefts.length).set(lefts);
  const piece = new Float32Array(buffer, weightsAt, room);
  const levels = new Uint8Array(buffer, levelsAt, room);
  const pixels = new Uint8Array(buffer, pixelsAt, width);
  pixels.fill(ground);
  let leveled = -1;
  let painted = lefts.length;
  return (base, tiles, row, into, offset) => {
    if (base !== leveled) {
      piece.set(weights.subarray(base, base + tiles * perTile));
      exports.levels(weightsAt, levelsAt, tiles * perTile, min, span);
      leveled = base;
    }
    if (cell === 1) {
      // Every row has its tiles at the same places; only the last one may have fewer.
      if (tiles < painted) pixels.fill(ground);
      painted = tiles;
      exports.scatter(levelsAt + row * columns, perTile, pixelsAt, leftsAt, tiles, columns);
      into.set(pixels, offset);
      return;
    }
    into.fill(ground, offset, offset + width);
    for (let tile = 0, from = row * columns; tile < tiles; tile++, from += perTile) {
      let pixel = offset + lefts[tile]!;
      for (let column = 0; column < columns; column++) {
        const level = levels[from + column]!;
        for (let i = 0; i < cell; i++) into[pixel++] = level;
      }
    }
  };
}
