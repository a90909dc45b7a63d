import type { Kernel } from "../kernel/kernel.ts";
import { frozenSlices } from "./counts.ts";
import type { Grid } from "./grid.ts";

/** The hatched frame around tiles with frozen weights; drawn in the gaps, never on a tile. */
export interface FrozenFrame {
  /** Pixels; 0 where the gap leaves no room. */
  readonly thickness: number;
  /** By slice index: every weight is frozen, so the frame goes all around. */
  readonly whole: readonly boolean[];
  /** Frozen rows and columns of the other slices: only the frame beside them is drawn. */
  readonly rows: readonly boolean[];
  readonly columns: readonly boolean[];
}

/** Thickness of the frame for a gap: less than half of it, so that there is ground between neighbours. */
export function frameThickness(gap: number): number {
  return Math.min(3, gap === 1 || gap === 2 ? 1 : Math.floor((gap - 1) / 2));
}

/** The frame of a kernel's tiles; null when nothing is frozen. RGB tiles are framed where all merged slices are. */
export function frozenFrame(kernel: Pick<Kernel, "frozen">, grid: Grid): FrozenFrame | null {
  const { frozen } = kernel;
  if (frozen === null) return null;
  const { layout } = grid;
  const slices = frozenSlices(kernel, layout);
  const mergesSlices =
    grid.channelStride !== 0 && grid.channelStride === layout.sliceStride && grid.slices === 1;
  const whole = mergesSlices && layout.slices > 1 ? [slices.every(Boolean)] : slices;
  const rows = Array.from({ length: layout.rows }, (_, i) => frozen[layout.rowAxis][i] === true);
  const columns = Array.from({ length: layout.columns }, (_, i) => frozen[layout.columnAxis][i] === true);
  if (![...whole, ...rows, ...columns].includes(true)) return null;
  const across = grid.slicesPerBlock > 1 ? Math.min(grid.gap, grid.blockGap) : grid.blockGap;
  const gap = Math.min(across, grid.rowGap);
  return { thickness: gap === 0 ? 0 : frameThickness(gap), whole, rows, columns };
}
