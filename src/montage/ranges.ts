import type { Kernel } from "../kernel/kernel.ts";
import { type SliceExtents, statisticsOf } from "../kernel/statistics.ts";
import { type Moments, rangeFrom, type ValueRange } from "../tone/range.ts";
import { type Grid, tileBase } from "./grid.ts";
import type { Normalize, ResolvedMontageOptions } from "./montage-options.ts";

/** Value ranges shared by runs of tiles: tile `i` is toned with entry `floor(i / tilesPer)`. */
export interface TileRanges {
  readonly min: Float64Array<ArrayBuffer>;
  readonly max: Float64Array<ArrayBuffer>;
  readonly tilesPer: number;
}

/** Smallest and largest finite weight of tile `index`; NaN when it has none. RGB tiles span three slices. */
export function tileExtent(grid: Grid, extents: SliceExtents, index: number): ValueRange {
  if (grid.channelStride === 0) return { min: extents.min[index]!, max: extents.max[index]! };
  // Three inputs: (out*3 + channel)*slices + slice. Three slices of one input: out*3 + channel.
  const { slices, layout } = grid;
  const step = grid.channelStride === layout.inStride ? slices : 1;
  const out = Math.floor(index / slices);
  const first = out * 3 * slices + (index - out * slices);
  return joined(extents, [first, first + step, first + 2 * step]);
}

/** The value range of every tile under `options`; one entry when the whole kernel shares it. */
export function tileRanges(
  kernel: Kernel,
  grid: Grid,
  extents: SliceExtents,
  options: Pick<ResolvedMontageOptions, "normalize" | "min" | "max" | "symmetric" | "trim" | "rgb">,
): TileRanges {
  const fixed = options.min !== null && options.max !== null;
  const scope: Normalize = fixed ? "kernel" : options.normalize;
  const perFilter = grid.ins * grid.slices;
  const tilesPer = scope === "kernel" ? grid.outs * perFilter : scope === "filter" ? perFilter : 1;
  const count = (grid.outs * perFilter) / tilesPer;
  const min = new Float64Array(count);
  const max = new Float64Array(count);
  // RGB shows zero as mid-gray, so its range reaches equally far on both sides unless both ends are given.
  const rule = { ...options, symmetric: options.symmetric || options.rgb };
  const slicesPer = extents.min.length / count;
  for (let i = 0; i < count; i++) {
    const extent =
      scope === "slice" ? tileExtent(grid, extents, i) : joinedRun(extents, i * slicesPer, slicesPer);
    const moments = options.trim === null || fixed ? null : momentsOf(kernel, grid, scope, i);
    const range = rangeFrom(extent, moments, rule);
    min[i] = range.min;
    max[i] = range.max;
  }
  return { min, max, tilesPer };
}

function momentsOf(kernel: Kernel, grid: Grid, scope: Normalize, index: number): Moments {
  const { weights } = kernel;
  if (scope === "kernel") return statisticsOf(weights);
  const { outStride } = grid.layout;
  if (scope === "filter") return statisticsOf(weights, index * outStride, (index + 1) * outStride);
  return statisticsOf(tileWeights(kernel, grid, index));
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

function joinedRun(extents: SliceExtents, from: number, count: number): ValueRange {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) {
    // A slice without finite weights is NaN, which compares false.
    if (extents.min[i]! < min) min = extents.min[i]!;
    if (extents.max[i]! > max) max = extents.max[i]!;
  }
  return min <= max ? { min, max } : { min: Number.NaN, max: Number.NaN };
}

function joined(extents: SliceExtents, indices: readonly number[]): ValueRange {
  let min = Number.NaN;
  let max = Number.NaN;
  for (const i of indices) {
    if (!(min <= extents.min[i]!) && !Number.isNaN(extents.min[i]!)) min = extents.min[i]!;
    if (!(max >= extents.max[i]!) && !Number.isNaN(extents.max[i]!)) max = extents.max[i]!;
  }
  return { min, max };
}
