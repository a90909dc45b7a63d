import { type Grid, tileBase, tileCountOf } from "../montage/grid.ts";
import type { TileRow } from "./gray-row.ts";

/** Room for one row of `grid`'s tiles, with their left edges; `fillTileRow` brings the rest. */
export function createTileRow(grid: Grid): TileRow {
  const count = grid.blocksAcross * grid.slicesPerBlock;
  const lefts = new Int32Array(count);
  for (let block = 0, at = 0; block < grid.blocksAcross; block++) {
    for (let slice = 0; slice < grid.slicesPerBlock; slice++, at++) {
      lefts[at] = grid.originX + block * grid.blockPitchX + slice * grid.slicePitch;
    }
  }
  return { count, bases: new Int32Array(count), lefts, ranges: new Int32Array(count) };
}

/** Points `tiles` at row `row` of the grid; the last row may hold fewer tiles. */
export function fillTileRow(tiles: TileRow, grid: Grid, row: number, tilesPerRange: number): void {
  const across = grid.blocksAcross * grid.slicesPerBlock;
  const first = row * across;
  tiles.count = Math.max(0, Math.min(across, tileCountOf(grid) - first));
  if (grid.layout.axis === "depth" && grid.channelStride === 0) {
    // Slices follow one another in the weights just as they do in the picture.
    const step = grid.layout.sliceStride;
    for (let i = 0, base = first * step; i < tiles.count; i++, base += step) tiles.bases[i] = base;
  } else {
    for (let i = 0; i < tiles.count; i++) tiles.bases[i] = tileBase(grid, first + i);
  }
  if (tilesPerRange === tileCountOf(grid)) return;
  for (let i = 0; i < tiles.count; i++) tiles.ranges[i] = Math.floor((first + i) / tilesPerRange);
}
