import type { Kernel } from "../kernel/kernel.ts";
import type { SliceLayout } from "../kernel/slice.ts";
import { countConstantSlices } from "../kernel/statistics.ts";
import { type Grid, tileBase, tileCountOf } from "./grid.ts";
import type { MeasuredRanges, TileRanges } from "./ranges.ts";

/** What the legend must admit to. */
export interface MontageCounts {
  readonly weights: number;
  readonly nan: number;
  readonly infinite: number;
  /** Finite weights outside the value range, drawn at its ends; cells of 4 pixels and more carry a notch. */
  readonly below: number;
  readonly above: number;
  /** Slices of several weights that are all one number; mid-gray where each slice has its own range. */
  readonly constantSlices: number;
  /** Slices that no input ever reached. */
  readonly frozenSlices: number;
  readonly slices: number;
}

/** Counts for the legend; weights outside the range are looked for only when a range can leave some out. */
export function montageCounts(
  kernel: Kernel,
  grid: Grid,
  measured: MeasuredRanges,
  leavesOut: boolean,
): MontageCounts {
  const { layout } = grid;
  const blocks = kernel.shape[0] * kernel.shape[1];
  const frozen = frozenSlices(kernel, layout).filter(Boolean).length;
  return {
    weights: kernel.weights.length,
    nan: measured.nan,
    infinite: measured.infinite,
    ...(leavesOut ? countOutside(kernel, grid, measured.ranges) : { below: 0, above: 0 }),
    constantSlices: measured.noneConstant ? 0 : countConstantSlices(kernel, layout),
    frozenSlices: blocks * frozen,
    slices: blocks * layout.slices,
  };
}

/** Which slices of a block no input ever reached: those at a frozen position, or with only frozen rows or columns. */
export function frozenSlices(kernel: Pick<Kernel, "frozen">, layout: SliceLayout): readonly boolean[] {
  const { frozen } = kernel;
  const indices = Array.from({ length: layout.slices }, (_, i) => i);
  if (frozen === null) return indices.map(() => false);
  const allOf = (flags: readonly boolean[], extent: number): boolean =>
    flags.length === extent && flags.every(Boolean);
  const all = allOf(frozen[layout.rowAxis], layout.rows) || allOf(frozen[layout.columnAxis], layout.columns);
  return indices.map((i) => all || frozen[layout.axis][i] === true);
}

function countOutside(kernel: Kernel, grid: Grid, ranges: TileRanges): { below: number; above: number } {
  const { weights } = kernel;
  const { rows, columns, rowStride, columnStride } = grid.layout;
  const channels = grid.channelStride === 0 ? 1 : 3;
  const tiles = tileCountOf(grid);
  let below = 0;
  let above = 0;
  for (let tile = 0; tile < tiles; tile++) {
    const range = Math.floor(tile / ranges.tilesPer);
    const min = ranges.min[range]!;
    const max = ranges.max[range]!;
    const base = tileBase(grid, tile);
    for (let channel = 0; channel < channels; channel++) {
      for (let row = 0; row < rows; row++) {
        let i = base + channel * grid.channelStride + row * rowStride;
        for (let column = 0; column < columns; column++, i += columnStride) {
          const weight = weights[i]!;
          if (weight < min && weight !== Number.NEGATIVE_INFINITY) below++;
          else if (weight > max && weight !== Number.POSITIVE_INFINITY) above++;
        }
      }
    }
  }
  return { below, above };
}
