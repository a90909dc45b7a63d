import { type Grid, rowAt, rowTop } from "../montage/grid.ts";
import type { Montage } from "../montage/montage.ts";
import type { Simd } from "../simd/simd.ts";
import { THEMES } from "../tone/theme.ts";
import { cellColors } from "./cells.ts";
import type { Glyphs } from "./glyphs.ts";
import { grayRowPainter, type TileRow } from "./gray-row.ts";
import { markedPixel, NO_MARK } from "./marks.ts";
import { createOverlay } from "./overlay.ts";
import { createTileRow, fillTileRow } from "./tile-row.ts";

/** Paints a montage row by row, in any order and in any number of pieces, with the memory of one row. */
export interface Painter {
  readonly width: number;
  readonly height: number;
  /** 1: gray, 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** Whether row `y` has the same pixels as the row above it. */
  repeats(y: number): boolean;
  /** Whether row `y` and the one above lie in the same row of weights, so that few pixels can differ. */
  continues(y: number): boolean;
  /** Writes the `width * channels` bytes of row `y` at `offset`. */
  paintRow(y: number, into: Uint8Array, offset: number): void;
}

/** The largest span whose float32 differences cannot overflow. */
const WIDEST_SINGLE_SPAN = 3.4e38;

/** A picture is gray when every pixel of it is: gray tiles, and no magenta, amber or the like around them. */
export function channelsOf(montage: Montage): 1 | 3 {
  const { options, counts, frame, labels } = montage;
  const colored =
    options.rgb ||
    options.colormap !== "gray" ||
    counts.nan > 0 ||
    counts.infinite > 0 ||
    (frame?.thickness ?? 0) > 0;
  const cautions = labels?.runs.some((run) => run.tone === "caution") || (labels?.swatches.length ?? 0) > 0;
  return colored || cautions ? 3 : 1;
}

/** A painter for `montage`; labels need the glyphs, large gray pictures gain from SIMD. */
export function createPainter(montage: Montage, glyphs: Glyphs | null, simd: Simd | null = null): Painter {
  const { grid, width, height, ranges } = montage;
  const channels = channelsOf(montage);
  const overlay = createOverlay(montage, channels, glyphs);
  const tiles = createTileRow(grid);
  const ground = THEMES[montage.options.theme].ground;
  const fast = channels === 1 && isPlain(montage);
  const { rows, columns, rowStride, columnStride } = grid.layout;
  const { cell } = grid;
  const paintGray = fast ? grayPainter(montage, tiles, simd) : null;
  const colors = cellColors(montage);
  const cells = new Uint32Array(fast ? 0 : tiles.lefts.length * columns);
  const place = createPlace(grid);
  let filledRow = -1;
  let packedRow = -1;
  let marked = false;

  const bringTiles = (row: number): void => {
    if (row === filledRow) return;
    fillTileRow(tiles, grid, row, ranges.tilesPer);
    filledRow = row;
  };
  const bringCells = (row: number, weightRow: number): void => {
    bringTiles(row);
    if (packedRow === row * rows + weightRow) return;
    packedRow = row * rows + weightRow;
    let any = 0;
    let at = 0;
    for (let tile = 0; tile < tiles.count; tile++) {
      let index = tiles.bases[tile]! + weightRow * rowStride;
      const range = tiles.ranges[tile]!;
      for (let column = 0; column < columns; column++, index += columnStride) {
        const packed = colors.cellAt(index, range);
        any |= packed;
        cells[at++] = packed;
      }
    }
    marked = any >>> 24 !== NO_MARK;
  };

  const continues = (y: number): boolean => {
    if (y === 0) return false;
    place.locate(y);
    if (place.inTile) return place.inCell > 0;
    place.locate(y - 1);
    return !place.inTile;
  };

  return {
    width,
    height,
    channels,
    continues,
    repeats(y) {
      if (!continues(y) || overlay?.touches(y) === true || overlay?.touches(y - 1) === true) return false;
      place.locate(y);
      if (!place.inTile || fast) return true;
      bringCells(place.row, place.weightRow);
      return !marked;
    },
    paintRow(y, into, offset) {
      place.locate(y);
      const { inTile, row, weightRow } = place;
      if (inTile && paintGray !== null) {
        bringTiles(row);
        if (!paintGray.withGround) into.fill(ground[0], offset, offset + width);
        paintGray.paint(weightRow, into, offset);
      } else {
        if (channels === 1) into.fill(ground[0], offset, offset + width);
        else fillRgb(into, offset, width, ground[0], ground[1], ground[2]);
        if (inTile) {
          bringCells(row, weightRow);
          for (let tile = 0; tile < tiles.count; tile++) {
            const left = offset + tiles.lefts[tile]! * channels;
            paintCells(cells, tile * columns, (tile + 1) * columns, place.inCell, cell, channels, into, left);
          }
        }
      }
      overlay?.paint(y, into, offset);
    },
  };
}

/** Where a row of pixels lies; moved by `locate`, and never allocated anew, for it is asked for every row. */
interface Place {
  /** In a row of tiles, and not in a gap. */
  inTile: boolean;
  /** Row of blocks, row of weights in its tiles, row of pixels in their cells. */
  row: number;
  weightRow: number;
  inCell: number;
  locate(y: number): void;
}

function createPlace(grid: Grid): Place {
  return {
    inTile: false,
    row: 0,
    weightRow: 0,
    inCell: 0,
    locate(y) {
      this.row = rowAt(grid, y);
      const within = y - rowTop(grid, this.row);
      this.inTile = within >= 0 && within < grid.tileHeight;
      this.weightRow = Math.floor(within / grid.cell);
      this.inCell = within - this.weightRow * grid.cell;
    },
  };
}

/** Paints weight row `weightRow` of the tiles that are at hand. */
interface GrayPainter {
  /** Paints the ground between the tiles too; otherwise that must be there. */
  readonly withGround: boolean;
  paint(weightRow: number, into: Uint8Array, offset: number): void;
}

/** Weights from which on a WebAssembly instance pays. */
const MANY = 65_536;

function grayPainter(montage: Montage, tiles: TileRow, simd: Simd | null): GrayPainter {
  const { kernel, grid, ranges, width, options } = montage;
  const { weights } = kernel;
  const { axis, rows, columns, rowStride, columnStride } = grid.layout;
  const { cell } = grid;
  const min = ranges.min[0]!;
  const span = ranges.max[0]! - min;
  const inOnePiece = axis === "depth" && ranges.min.length === 1 && span > 0;
  if (
    simd !== null &&
    inOnePiece &&
    weights instanceof Float32Array &&
    weights.length >= MANY &&
    Math.fround(min) === min
  ) {
    const ground = THEMES[options.theme].ground[0];
    const request = { weights, lefts: tiles.lefts, rows, columns, cell, min, span, width, ground };
    const paint = simd.rowPainter(request);
    if (paint !== null) {
      return {
        withGround: true,
        paint: (row, into, offset) => paint(tiles.bases[0]!, tiles.count, row, into, offset),
      };
    }
  }
  const paint = grayRowPainter({
    weights,
    tiles,
    columns,
    columnStride,
    cell,
    mins: ranges.min,
    maxs: ranges.max,
  });
  return { withGround: false, paint: (row, into, offset) => paint(row * rowStride, into, offset) };
}

/** Whether no weight needs a mark and no range is so wide that float32 overflows. */
function isPlain({ counts, options, ranges, kernel }: Montage): boolean {
  if (options.rgb || options.colormap !== "gray") return false;
  if (counts.nan + counts.infinite + counts.below + counts.above > 0) return false;
  const widest = kernel.weights instanceof Float32Array ? WIDEST_SINGLE_SPAN : Number.MAX_VALUE;
  for (let i = 0; i < ranges.min.length; i++) if (ranges.max[i]! - ranges.min[i]! > widest) return false;
  return true;
}

/** Paints one row of pixels of the packed cells `from … to`. */
function paintCells(
  cells: Uint32Array,
  from: number,
  to: number,
  inCell: number,
  cell: number,
  channels: 1 | 3,
  into: Uint8Array,
  offset: number,
): void {
  let at = offset;
  for (let i = from; i < to; i++) {
    const packed = cells[i]!;
    const red = packed & 255;
    const green = (packed >> 8) & 255;
    const blue = (packed >> 16) & 255;
    const mark = packed >>> 24;
    for (let x = 0; x < cell; x++) {
      const pixel = mark === NO_MARK ? null : markedPixel(mark, [red, green, blue], x, inCell, cell);
      into[at++] = pixel === null ? red : pixel[0];
      if (channels === 1) continue;
      into[at++] = pixel === null ? green : pixel[1];
      into[at++] = pixel === null ? blue : pixel[2];
    }
  }
}

function fillRgb(
  into: Uint8Array,
  offset: number,
  width: number,
  red: number,
  green: number,
  blue: number,
): void {
  if (red === green && green === blue) {
    into.fill(red, offset, offset + 3 * width);
    return;
  }
  for (let at = offset; at < offset + 3 * width; ) {
    into[at++] = red;
    into[at++] = green;
    into[at++] = blue;
  }
}
