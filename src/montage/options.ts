import { ReadError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { COLORMAP_NAMES } from "../tone/colormap.ts";
import type { AxisNames, MontageOptions, ResolvedMontageOptions } from "./montage-options.ts";
import { chooseCell, planTiles } from "./plan.ts";

const DEFAULT_AXIS_NAMES: AxisNames = {
  out: "out",
  in: "in",
  depth: "depth",
  height: "height",
  width: "width",
};

/** More pixels per weight, or between tiles, than anybody can use; keeps every coordinate a small integer. */
const LARGEST_CELL = 1024;

/**
 * `options` with defaults filled in for `kernel`. Throws `bad-option` with the name of the option, what it may be
 * and what was given.
 */
export function resolveOptions(kernel: Kernel, options: MontageOptions = {}): ResolvedMontageOptions {
  const sliceAxis = oneOf("sliceAxis", options.sliceAxis ?? "depth", ["depth", "height", "width"]);
  const arrange = oneOf("arrange", options.arrange ?? "aligned", ["aligned", "seed"]);
  const rgb = options.rgb ?? false;
  const normalize = oneOf("normalize", options.normalize ?? (rgb ? "filter" : "kernel"), [
    "kernel",
    "filter",
    "slice",
  ]);
  const colormap = oneOf("colormap", options.colormap ?? "gray", COLORMAP_NAMES);
  const theme = oneOf("theme", options.theme ?? "dark", ["dark", "light"]);
  const min = finiteOrNull("min", options.min);
  const max = finiteOrNull("max", options.max);
  const trim = finiteOrNull("trim", options.trim);
  if (min !== null && max !== null && !(min < max)) {
    throw new ReadError("bad-option", `The range's min must be below its max; got ${min} and ${max}.`);
  }
  if (trim !== null && !(trim > 0)) {
    throw new ReadError("bad-option", `trim is a number of standard deviations above 0; got ${trim}.`);
  }
  const labels = options.labels ?? false;
  const partial = { sliceAxis, arrange, rgb, labels };
  const cell = whole("cell", options.cell, 1) ?? chooseCell(kernel, partial);
  const slices = planTiles(kernel, partial).slicesPerBlock;
  const gap = whole("gap", options.gap, 0);
  const gaps =
    gap === null
      ? defaultGaps(kernel, cell, slices)
      : { gap, blockGap: slices > 1 ? 2 * gap : gap, rowGap: gap };
  return {
    ...partial,
    normalize,
    min,
    max,
    symmetric: options.symmetric ?? false,
    trim,
    colormap,
    cell,
    ...gaps,
    theme,
    axisNames: { ...DEFAULT_AXIS_NAMES, ...defined(options.axisNames ?? {}) },
  };
}

/**
 * Gaps where none was asked for: between slices and between blocks. Small cells get small gaps, so that the weights
 * keep most of the picture; a pointwise kernel is a matrix, whose cells touch.
 */
export function defaultGaps(
  kernel: Pick<Kernel, "shape" | "frozen">,
  cell: number,
  slices: number,
): { gap: number; blockGap: number; rowGap: number } {
  const [, , depth, height, width] = kernel.shape;
  const anyFrozen =
    kernel.frozen !== null && Object.values(kernel.frozen).some((axis) => axis.includes(true));
  if (depth * height * width === 1 && !anyFrozen) return { gap: 0, blockGap: 0, rowGap: 0 };
  const size = cell < 4 ? 0 : cell < 8 ? 1 : cell < 16 ? 2 : 3;
  const gaps = slices > 1 ? [0, 1, 2, 4] : [1, 2, 4, 6];
  // The frame of a frozen slice is drawn in the gap and needs room on either side.
  const gap = Math.max(gaps[size]!, anyFrozen ? (cell < 8 ? 3 : cell < 16 ? 5 : 8) : 0);
  const blockGap = slices > 1 ? Math.max([1, 3, 6, 12][size]!, anyFrozen ? 2 * gap : 0) : gap;
  return { gap, blockGap, rowGap: blockGap };
}
function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new ReadError("bad-option", `${option} is one of ${allowed.join(", ")}; got "${String(value)}".`);
}

function finiteOrNull(option: string, value: number | undefined): number | null {
  if (value === undefined) return null;
  if (Number.isFinite(value)) return value;
  throw new ReadError("bad-option", `${option} must be a finite number; got ${String(value)}.`);
}

function whole(option: string, value: number | undefined, least: number): number | null {
  if (value === undefined) return null;
  if (Number.isInteger(value) && value >= least && value <= LARGEST_CELL) return value;
  throw new ReadError(
    "bad-option",
    `${option} is a whole number from ${least} to ${LARGEST_CELL}; got ${String(value)}.`,
  );
}

/** `names` without the entries that are undefined, so that a default can stand in. */
function defined(names: Partial<AxisNames>): Partial<AxisNames> {
  return Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined));
}
