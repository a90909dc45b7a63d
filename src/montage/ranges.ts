import type { Kernel } from "../kernel/kernel.ts";
import { extentOf, statisticsOf, type WeightExtent } from "../kernel/statistics.ts";
import type { Simd } from "../simd/simd.ts";
import { rangeFrom } from "../tone/range.ts";
import { type Grid, tileBase, tileCountOf } from "./grid.ts";
import type { Normalize, ResolvedMontageOptions } from "./montage-options.ts";

/** Value ranges shared by runs of tiles: tile `i` is toned with entry `floor(i / tilesPer)`. */
export interface TileRanges {
  readonly min: Float64Array<ArrayBuffer>;
  readonly max: Float64Array<ArrayBuffer>;
  readonly tilesPer: number;
}

/** The ranges, and what was met on the way to them. */
export interface MeasuredRanges {
  readonly ranges: TileRanges;
  readonly nan: number;
  readonly infinite: number;
  /** It is already known that no slice is constant. */
  readonly noneConstant: boolean;
}

/** Weights from which on copying them into WebAssembly's memory pays. */
const MANY = 65_536;

/** The value range of every tile under `options`, from one look at every weight (two with `trim`). */
export function measureRanges(
  kernel: Kernel,
  grid: Grid,
  options: Pick<ResolvedMontageOptions, "normalize" | "min" | "max" | "symmetric" | "trim" | "rgb">,
  simd: Simd | null,
): MeasuredRanges {
  const fixed = options.min !== null && options.max !== null;
  const scope: Normalize = fixed ? "kernel" : options.normalize;
  const perFilter = grid.ins * grid.slices;
  const tilesPer = scope === "kernel" ? grid.outs * perFilter : scope === "filter" ? perFilter : 1;
  const count = tileCountOf(grid) / tilesPer;
  const min = new Float64Array(count);
  const max = new Float64Array(count);
  // RGB shows zero as mid-gray, so its range reaches equally far on both sides unless an end is given.
  const rule = { ...options, symmetric: options.symmetric || options.rgb };
  const weightsPer = kernel.weights.length / count;
  const narrowed = options.trim !== null && !fixed;
  const surveyed = scope === "kernel" ? surveyKernel(kernel, grid, simd) : null;
  let nan = 0;
  let infinite = 0;
  for (let i = 0; i < count; i++) {
    // Filters lie in one piece; tiles are copied out where more than their extent is wanted.
    const piece = scope === "slice" ? null : ([i * weightsPer, (i + 1) * weightsPer] as const);
    const extent =
      surveyed?.extent ?? (piece === null ? tileExtent(kernel, grid, i) : extentOf(kernel.weights, ...piece));
    const moments = !narrowed
      ? null
      : piece === null
        ? statisticsOf(tileWeights(kernel, grid, i))
        : statisticsOf(kernel.weights, ...piece);
    const range = rangeFrom(extent, moments, rule);
    min[i] = range.min;
    max[i] = range.max;
    nan += extent.nan;
    infinite += extent.infinite;
  }
  return { ranges: { min, max, tilesPer }, nan, infinite, noneConstant: surveyed?.noneConstant ?? false };
}

/** Extent and repeats of a large float32 kernel from one look, four weights at a time; null where that cannot be. */
function surveyKernel(
  { weights }: Kernel,
  { layout }: Grid,
  simd: Simd | null,
): { extent: WeightExtent; noneConstant: boolean } | null {
  if (simd === null || !(weights instanceof Float32Array) || weights.length < MANY) return null;
  const inOnePiece = layout.axis === "depth";
  const { low, high, repeated } = simd.survey(weights, inOnePiece ? layout.rows * layout.columns : 1);
  // An end that is no finite number says that there are more to be counted.
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
  return { extent: { min: low, max: high, nan: 0, infinite: 0 }, noneConstant: inOnePiece && !repeated };
}

/** The extent of tile `index`'s weights; an RGB tile has those of three slices. */
export function tileExtent(kernel: Kernel, grid: Grid, index: number): WeightExtent {
  const { weights } = kernel;
  const { rows, columns, rowStride, columnStride } = grid.layout;
  const channels = grid.channelStride === 0 ? 1 : 3;
  const base = tileBase(grid, index);
  if (channels === 1 && grid.layout.axis === "depth" && rows * columns > 1) {
    return extentOf(weights, base, base + rows * columns);
  }
  let min = weights[base]!;
  let max = min;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < rows; row++) {
      let i = base + channel * grid.channelStride + row * rowStride;
      for (let column = 0; column < columns; column++, i += columnStride) {
        min = Math.min(min, weights[i]!);
        max = Math.max(max, weights[i]!);
      }
    }
  }
  if (Number.isFinite(min) && Number.isFinite(max)) return { min, max, nan: 0, infinite: 0 };
  return extentOf(tileWeights(kernel, grid, index));
}

/** The weights of one tile, copied out; all three channels of an RGB tile. */
function tileWeights(kernel: Kernel, grid: Grid, index: number): Float64Array<ArrayBuffer> {
  const { rows, columns, rowStride, columnStride } = grid.layout;
  const channels = grid.channelStride === 0 ? 1 : 3;
  const copy = new Float64Array(channels * rows * columns);
  const base = tileBase(grid, index);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < rows; row++) {
      const from = base + channel * grid.channelStride + row * rowStride;
      for (let column = 0; column < columns; column++)
        copy[at++] = kernel.weights[from + column * columnStride]!;
    }
  }
  return copy;
}
