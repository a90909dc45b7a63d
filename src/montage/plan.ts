import { ReadError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type SliceLayout, sliceLayout } from "../kernel/slice.ts";
import type { GridRequest } from "./grid.ts";
import type { ResolvedMontageOptions } from "./montage-options.ts";

/** Width and height that a picture of chosen size should not pass, in pixels: a page scrolls down, not sideways. */
const READABLE = { width: 1400, height: 2200 } as const;
/** Pixels per weight beyond which a bigger cell shows nothing more. */
const LARGEST_CHOSEN_CELL = 32;
/** A single input per filter is wrapped when a column of filters would be this many times taller than wide. */
const TALLEST_COLUMN = 4;

type Arrangement = Pick<ResolvedMontageOptions, "sliceAxis" | "arrange" | "rgb">;

/** Tiles of a kernel along each axis, before pixels. */
export interface TilePlan {
  readonly layout: SliceLayout;
  readonly outs: number;
  readonly ins: number;
  readonly slices: number;
  readonly channelStride: number;
  readonly slicesPerBlock: number;
  readonly blocksAcross: number;
  readonly rowsPerBand: number;
  /** A single input per filter, wrapped to a near-square grid. */
  readonly wrapped: boolean;
}

/**
 * Which tiles there are and how they are arranged. Throws `bad-option` when RGB is asked of a kernel that has
 * neither three inputs nor three slices of one input.
 */
export function planTiles(kernel: Kernel, options: Arrangement): TilePlan {
  const layout = sliceLayout(kernel, options.sliceAxis);
  const [outs, inPerGroup] = kernel.shape;
  const merged = options.rgb
    ? mergeRgb(layout, inPerGroup)
    : { ins: inPerGroup, slices: layout.slices, channelStride: 0 };
  const base = { layout, outs, ...merged };
  const rows = { rowsPerBand: outs * merged.ins * merged.slices, wrapped: false };
  if (options.arrange === "seed") return { ...base, ...rows, slicesPerBlock: 1, blocksAcross: merged.ins };
  const groups = kernel.groups ?? 1;
  if (merged.ins === 1) {
    const blocksAcross = wrapColumns(outs, merged.slices * layout.columns, layout.rows, outs / groups);
    return { ...base, ...rows, slicesPerBlock: merged.slices, blocksAcross, wrapped: blocksAcross > 1 };
  }
  const rowsPerBand = groups > 1 && outs % groups === 0 ? outs / groups : outs;
  return { ...base, slicesPerBlock: merged.slices, blocksAcross: merged.ins, rowsPerBand, wrapped: false };
}

function mergeRgb(
  layout: SliceLayout,
  inPerGroup: number,
): { ins: number; slices: number; channelStride: number } {
  if (inPerGroup === 3) return { ins: 1, slices: layout.slices, channelStride: layout.inStride };
  if (inPerGroup === 1 && layout.slices === 3)
    return { ins: 1, slices: 1, channelStride: layout.sliceStride };
  throw new ReadError(
    "bad-option",
    `rgb merges three inputs, or three ${layout.axis} slices of a single input; this kernel has ${inPerGroup} ` +
      `input${inPerGroup === 1 ? "" : "s"} and ${layout.slices} slice${layout.slices === 1 ? "" : "s"} along ${layout.axis}.`,
  );
}

/** Blocks a row so that `count` blocks of width x height weights come out near-square; a depthwise multiplier stays together. */
function wrapColumns(count: number, width: number, height: number, multiplier: number): number {
  if (count * height <= TALLEST_COLUMN * width) return 1;
  const columns = Math.max(1, Math.min(count, Math.ceil(Math.sqrt((count * height) / width))));
  if (!Number.isInteger(multiplier) || multiplier <= 1 || multiplier >= count) return columns;
  return multiplier * Math.max(1, Math.round(columns / multiplier));
}

/** Pixels per weight so that the picture is readable and not huge. */
export function chooseCell(kernel: Kernel, options: Arrangement): number {
  const plan = planTiles(kernel, options);
  const blocks = (plan.outs * plan.ins * plan.slices) / plan.slicesPerBlock;
  const across = plan.blocksAcross * plan.slicesPerBlock * (plan.layout.columns + 0.5);
  const down = Math.ceil(blocks / plan.blocksAcross) * (plan.layout.rows + 0.5);
  return Math.max(
    1,
    Math.min(LARGEST_CHOSEN_CELL, Math.floor(Math.min(READABLE.width / across, READABLE.height / down))),
  );
}

/** The plan in pixels; `bandGap` stands between the groups of a grouped convolution. */
export function gridRequest(
  plan: TilePlan,
  options: Pick<ResolvedMontageOptions, "cell" | "gap" | "blockGap" | "rowGap">,
  bandGap: number,
): GridRequest {
  const { wrapped: _, ...tiles } = plan;
  const { cell, gap, blockGap, rowGap } = options;
  return { ...tiles, cell, gap, blockGap, rowGap, bandGap };
}
