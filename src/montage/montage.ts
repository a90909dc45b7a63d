import { ReadError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { assertIndex } from "../kernel/slice.ts";
import type { Simd } from "../simd/simd.ts";
import type { ValueRange } from "../tone/range.ts";
import { type MontageCounts, montageCounts } from "./counts.ts";
import { type FrozenFrame, frozenFrame } from "./frame.ts";
import {
  type Grid,
  gridOf,
  rowTop,
  tileBase,
  tileCountOf,
  tileIndexAt,
  tileLeft,
  tilePlace,
  tileTop,
} from "./grid.ts";
import type { Labels } from "./labels.ts";
import type { MontageOptions, ResolvedMontageOptions } from "./montage-options.ts";
import { resolveOptions } from "./options.ts";
import { placeLabels } from "./place-labels.ts";
import { gridRequest, planTiles, type TilePlan } from "./plan.ts";
import { measureRanges, type TileRanges, tileExtent } from "./ranges.ts";

/** The rectangle of one slice (or of one filter in RGB) and the extent of its own weights. */
export interface Tile {
  readonly out: number;
  /** Index within the group: 0 … inPerGroup - 1; 0 where RGB merges the inputs. */
  readonly in: number;
  /** Index along the slice axis; 0 where RGB merges the slices. */
  readonly depth: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Smallest and largest finite weight of the tile; NaN when it has none. */
  readonly min: number;
  readonly max: number;
  /** No input ever reached any weight of this slice. */
  readonly frozen: boolean;
}

/** One weight under a pixel. */
export interface WeightAt {
  readonly out: number;
  readonly in: number;
  /** Index along the slice axis. */
  readonly depth: number;
  /** Place within the slice, along the other two axes in order. */
  readonly row: number;
  readonly column: number;
  /** Index into `kernel.weights`. */
  readonly index: number;
  readonly value: number;
  /** The three merged weights of an RGB tile, red first; otherwise `[value]`. */
  readonly values: readonly number[];
}

/** A rectangle in pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One group of a grouped convolution: a band of rows that share their inputs. */
export interface GroupBand {
  readonly group: number;
  /** First filter and number of filters. */
  readonly out: number;
  readonly outCount: number;
  /** First input channel of the layer and number of inputs that the group sees. */
  readonly in: number;
  readonly inCount: number;
  /** The band's rows in pixels. */
  readonly y: number;
  readonly height: number;
}

/**
 * A laid-out kernel before pixels: integers and pure look-ups, so that raster, SVG, terminal, GPU and pointer
 * agree. Tiles are computed when asked for; 786,432 of them cost nothing until then.
 */
export interface Montage {
  readonly kernel: Kernel;
  readonly options: ResolvedMontageOptions;
  /** The picture in pixels, labels included. */
  readonly width: number;
  readonly height: number;
  readonly tileCount: number;
  /** The integers behind every look-up. */
  readonly grid: Grid;
  /** The one value range; null when each filter or slice has its own. */
  readonly range: ValueRange | null;
  /** The value ranges of all tiles. */
  readonly ranges: TileRanges;
  readonly counts: MontageCounts;
  /** Bands of a grouped convolution drawn with `aligned`; empty otherwise. */
  readonly groups: readonly GroupBand[];
  /** The frame of tiles with frozen weights; null when nothing is known to be frozen. */
  readonly frame: FrozenFrame | null;
  /** Text and scale bar with their places; null without `labels`. */
  readonly labels: Labels | null;
  /** Tile `index`, 0 … tileCount - 1, in row-major order of (out, in, slice). */
  tile(index: number): Tile;
  tiles(): IterableIterator<Tile>;
  /** Index of the tile under a pixel; null between tiles. */
  tileAt(x: number, y: number): number | null;
  /** The weight under a pixel; null between tiles. For RGB, the red one with all three in `values`. */
  pixelToWeight(x: number, y: number): WeightAt | null;
  /** The cell of a weight; `depth` along the slice axis. Throws `no-such-layer` for an index out of range. */
  weightToRect(out: number, input: number, depth: number, row: number, column: number): Rect;
  /** The value range that a slice is toned with. */
  rangeOf(out: number, input: number, depth: number): ValueRange;
}

/** Weights beyond which indices no longer fit 32 bits; four times what the default budget lets be read. */
const MOST_WEIGHTS = 2 ** 31 - 1;

/**
 * Lays a kernel out: tiles with their places, the value ranges they are toned with, and what the legend must say.
 * Reads every weight once, four at a time where `simd` is given (`loadSimd`; same numbers). Throws `bad-option` for an option that does not fit, `limit` for a kernel too large.
 *
 * @example
 * const picture = montage(await readKernel(layer), { normalize: "slice", arrange: "seed" });
 */
export function montage(kernel: Kernel, options: MontageOptions = {}, simd: Simd | null = null): Montage {
  assertDrawable(kernel);
  const resolved = resolveOptions(kernel, options);
  const plan = planTiles(kernel, resolved);
  const request = gridRequest(plan, resolved, 2 * resolved.rowGap);
  const loose = gridOf(request);
  const measured = measureRanges(kernel, loose, resolved, simd);
  const { ranges } = measured;
  const leavesOut = resolved.min !== null || resolved.max !== null || resolved.trim !== null;
  const counts = montageCounts(kernel, loose, measured, leavesOut);
  const range = ranges.tilesPer === tileCountOf(loose) ? { min: ranges.min[0]!, max: ranges.max[0]! } : null;
  assertRange(range, resolved);
  const frame = frozenFrame(kernel, loose);
  // The frame of the outermost tiles needs room too.
  const margin = frame?.thickness ?? 0;
  const { grid, labels, width, height } = resolved.labels
    ? placeLabels(plan, request, { kernel, options: resolved, grid: loose, range, counts })
    : {
        grid: gridOf(request, margin, margin),
        labels: null,
        width: loose.innerWidth + 2 * margin,
        height: loose.innerHeight + 2 * margin,
      };
  const tileCount = tileCountOf(grid);
  const channels = grid.channelStride === 0 ? 1 : 3;

  const tile = (index: number): Tile => {
    assertIndex(index, tileCount, "tile");
    const [out, input, depth] = tilePlace(grid, index);
    const { min, max } = tileExtent(kernel, grid, index);
    return {
      out,
      in: input,
      depth,
      x: tileLeft(grid, index),
      y: tileTop(grid, index),
      width: grid.tileWidth,
      height: grid.tileHeight,
      min,
      max,
      frozen: frame?.whole[depth] === true,
    };
  };
  const indexOf = (out: number, input: number, depth: number): number => {
    assertIndex(out, grid.outs, "filter");
    assertIndex(input, grid.ins, "input");
    assertIndex(depth, grid.slices, "slice");
    return (out * grid.ins + input) * grid.slices + depth;
  };
  return {
    kernel,
    options: resolved,
    width,
    height,
    tileCount,
    grid,
    range,
    ranges,
    counts,
    groups: groupBands(kernel, plan, grid),
    frame,
    labels,
    tile,
    *tiles() {
      for (let index = 0; index < tileCount; index++) yield tile(index);
    },
    tileAt: (x, y) => tileIndexAt(grid, x, y),
    pixelToWeight(x, y) {
      const index = tileIndexAt(grid, x, y);
      if (index === null) return null;
      const [out, input, depth] = tilePlace(grid, index);
      const row = Math.floor((Math.floor(y) - tileTop(grid, index)) / grid.cell);
      const column = Math.floor((Math.floor(x) - tileLeft(grid, index)) / grid.cell);
      const { rowStride, columnStride } = grid.layout;
      const at = tileBase(grid, index) + row * rowStride + column * columnStride;
      const values = Array.from({ length: channels }, (_, i) => kernel.weights[at + i * grid.channelStride]!);
      return { out, in: input, depth, row, column, index: at, value: values[0]!, values };
    },
    weightToRect(out, input, depth, row, column) {
      const index = indexOf(out, input, depth);
      assertIndex(row, grid.layout.rows, "row");
      assertIndex(column, grid.layout.columns, "column");
      const { cell } = grid;
      return {
        x: tileLeft(grid, index) + column * cell,
        y: tileTop(grid, index) + row * cell,
        width: cell,
        height: cell,
      };
    },
    rangeOf(out, input, depth) {
      const at = Math.floor(indexOf(out, input, depth) / ranges.tilesPer);
      return { min: ranges.min[at]!, max: ranges.max[at]! };
    },
  };
}

function assertDrawable(kernel: Kernel): void {
  const count = kernel.shape.reduce((product, extent) => product * extent, 1);
  if (count > MOST_WEIGHTS) {
    throw new ReadError(
      "limit",
      `The kernel has ${count} weights; a montage holds up to ${MOST_WEIGHTS}. Draw fewer filters.`,
    );
  }
  if (count === 0 || kernel.weights.length !== count) {
    const shape = kernel.shape.join("×");
    throw new ReadError(
      "unsupported",
      `A kernel of shape ${shape} needs ${count} weights, at least 1; got ${kernel.weights.length}.`,
    );
  }
}

/** Throws when a fixed end of the one range lies beyond every weight, so that there is nothing to tone. */
function assertRange(range: ValueRange | null, { min, max }: ResolvedMontageOptions): void {
  if (range === null || range.min < range.max || (min === null && max === null)) return;
  const end = min !== null ? `min ${min} is not below` : `max ${max} is not above`;
  throw new ReadError(
    "bad-option",
    `The range's ${end} any weight of the kernel; choose both ends, or another one.`,
  );
}

function groupBands(kernel: Kernel, plan: TilePlan, grid: Grid): readonly GroupBand[] {
  const groups = grid.blocksDown / grid.rowsPerBand;
  if (plan.wrapped || !(groups > 1)) return [];
  const inCount = kernel.shape[1];
  return Array.from({ length: groups }, (_, group) => ({
    group,
    out: group * grid.rowsPerBand,
    outCount: grid.rowsPerBand,
    in: group * inCount,
    inCount,
    y: rowTop(grid, group * grid.rowsPerBand),
    height: grid.rowsPerBand * grid.rowPitch - grid.rowGap,
  }));
}
