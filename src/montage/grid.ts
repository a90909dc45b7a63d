import type { SliceLayout } from "../kernel/slice.ts";

/**
 * The integers of a montage. Every arrangement is one rule: tile `i` (row-major over out, in, slice) is slice
 * `i mod slicesPerBlock` of block `i div slicesPerBlock`, and blocks fill rows of `blocksAcross`.
 *
 *     x = originX + column * blockPitchX + slice * slicePitch
 *     y = originY + row * rowPitch + floor(row / rowsPerBand) * bandGap
 */
export interface Grid {
  readonly layout: SliceLayout;
  /** Filters, and tiles of one filter along inputs and slices (RGB merges one of the two to 1). */
  readonly outs: number;
  readonly ins: number;
  readonly slices: number;
  /** Step in the weights from red to green to blue; 0 when tiles are not RGB. */
  readonly channelStride: number;
  /** Pixels per weight, between slices, between blocks of a row, and between rows. */
  readonly cell: number;
  readonly gap: number;
  readonly blockGap: number;
  readonly rowGap: number;
  readonly originX: number;
  readonly originY: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly slicesPerBlock: number;
  readonly blocksAcross: number;
  readonly blocksDown: number;
  readonly slicePitch: number;
  readonly blockPitchX: number;
  readonly rowPitch: number;
  /** Rows of blocks that belong to one group, and the extra pixels between groups. */
  readonly rowsPerBand: number;
  readonly bandGap: number;
  /** Extent of the tiles in pixels, without what stands around them. */
  readonly innerWidth: number;
  readonly innerHeight: number;
}

/** What a grid is made from, in weights, tiles and pixels. */
export interface GridRequest {
  readonly layout: SliceLayout;
  readonly outs: number;
  readonly ins: number;
  readonly slices: number;
  readonly channelStride: number;
  readonly cell: number;
  readonly gap: number;
  readonly blockGap: number;
  readonly rowGap: number;
  readonly slicesPerBlock: number;
  readonly blocksAcross: number;
  readonly rowsPerBand: number;
  readonly bandGap: number;
}

/** A grid with its top left tile at (originX, originY). */
export function gridOf(request: GridRequest, originX = 0, originY = 0): Grid {
  const { layout, cell, gap, blockGap, rowGap, slicesPerBlock, blocksAcross, rowsPerBand, bandGap } = request;
  const tileWidth = layout.columns * cell;
  const tileHeight = layout.rows * cell;
  const slicePitch = tileWidth + gap;
  const blockWidth = slicesPerBlock * slicePitch - gap;
  const blockPitchX = blockWidth + blockGap;
  const rowPitch = tileHeight + rowGap;
  const blocks = (request.outs * request.ins * request.slices) / slicesPerBlock;
  const blocksDown = Math.ceil(blocks / blocksAcross);
  const bands = Math.ceil(blocksDown / rowsPerBand);
  return {
    ...request,
    originX,
    originY,
    tileWidth,
    tileHeight,
    blocksDown,
    slicePitch,
    blockPitchX,
    rowPitch,
    innerWidth: blocksAcross * blockPitchX - blockGap,
    innerHeight: blocksDown * rowPitch - rowGap + (bands - 1) * bandGap,
  };
}

/** Number of tiles. */
export function tileCountOf(grid: Grid): number {
  return grid.outs * grid.ins * grid.slices;
}

/** Top of a row of blocks. */
export function rowTop(grid: Grid, row: number): number {
  return grid.originY + row * grid.rowPitch + Math.floor(row / grid.rowsPerBand) * grid.bandGap;
}

/** The row of blocks whose pitch a pixel row falls into (its gap included), clamped to the grid's rows. */
export function rowAt(grid: Grid, y: number): number {
  const bandPitch = grid.rowsPerBand * grid.rowPitch + grid.bandGap;
  const from = y - grid.originY;
  const band = Math.floor(from / bandPitch);
  const inBand = Math.min(grid.rowsPerBand - 1, Math.floor((from - band * bandPitch) / grid.rowPitch));
  return Math.max(0, Math.min(grid.blocksDown - 1, band * grid.rowsPerBand + inBand));
}

/** Left edge of tile `index`. */
export function tileLeft(grid: Grid, index: number): number {
  const block = Math.floor(index / grid.slicesPerBlock);
  const slice = index - block * grid.slicesPerBlock;
  return grid.originX + (block % grid.blocksAcross) * grid.blockPitchX + slice * grid.slicePitch;
}

/** Top edge of tile `index`. */
export function tileTop(grid: Grid, index: number): number {
  return rowTop(grid, Math.floor(index / grid.slicesPerBlock / grid.blocksAcross));
}

/** Index of the tile that covers a pixel; null in gaps and outside. */
export function tileIndexAt(grid: Grid, x: number, y: number): number | null {
  const fromX = Math.floor(x) - grid.originX;
  const fromY = Math.floor(y) - grid.originY;
  if (!(fromX >= 0 && fromX < grid.innerWidth && fromY >= 0 && fromY < grid.innerHeight)) return null;
  const row = rowAt(grid, Math.floor(y));
  const inRow = Math.floor(y) - rowTop(grid, row);
  if (inRow < 0 || inRow >= grid.tileHeight) return null;
  const column = Math.floor(fromX / grid.blockPitchX);
  const inBlock = fromX - column * grid.blockPitchX;
  const slice = Math.floor(inBlock / grid.slicePitch);
  if (slice >= grid.slicesPerBlock || inBlock - slice * grid.slicePitch >= grid.tileWidth) return null;
  const index = (row * grid.blocksAcross + column) * grid.slicesPerBlock + slice;
  return index < tileCountOf(grid) ? index : null;
}

/** Where the first weight of tile `index` lies in the kernel's weights. */
export function tileBase(grid: Grid, index: number): number {
  const { layout, ins, slices } = grid;
  const slice = index % slices;
  const block = (index - slice) / slices;
  const input = block % ins;
  const out = (block - input) / ins;
  return out * layout.outStride + input * layout.inStride + slice * layout.sliceStride;
}

/** [out, in, slice] of tile `index`. */
export function tilePlace(grid: Grid, index: number): readonly [out: number, input: number, slice: number] {
  const slice = index % grid.slices;
  const block = (index - slice) / grid.slices;
  const input = block % grid.ins;
  return [(block - input) / grid.ins, input, slice];
}
