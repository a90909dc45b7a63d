import { colormap, type Kernel, type Montage, type ValueRange } from "kernelscope";

/** A weight's place among the canonical axes. */
export interface Place {
  readonly out: number;
  readonly in: number;
  /** Index along the slice axis, then along the other two axes in order. */
  readonly slice: number;
  readonly row: number;
  readonly column: number;
}

/** What a cell must look like. */
export interface ExpectedCell {
  /** The plain colour; null for a weight (or one of three) that is no number. */
  readonly color: readonly number[] | null;
  /** Outside the range: the cell carries a notch where it is large enough. */
  readonly outside: boolean;
}

const SPATIAL = ["depth", "height", "width"] as const;

/** The weight at a place, by the definition of row-major order. */
export function weightAt(kernel: Kernel, montage: Montage, place: Place): number {
  const [, ins, ...spatial] = kernel.shape;
  const axis = SPATIAL.indexOf(montage.options.sliceAxis);
  const [rowAxis, columnAxis] = [0, 1, 2].filter((other) => other !== axis) as [number, number];
  const at = [0, 0, 0];
  at[axis] = place.slice;
  at[rowAxis] = place.row;
  at[columnAxis] = place.column;
  let index = place.out * ins + place.in;
  for (const [i, extent] of spatial.entries()) index = index * extent + at[i]!;
  return kernel.weights[index]!;
}

/** The range that the finite ones of `weights` span under the options; numpy's mean and population deviation. */
export function expectedRange(
  weights: readonly number[],
  options: Pick<Montage["options"], "trim" | "symmetric" | "rgb" | "min" | "max">,
): ValueRange {
  const finite = weights.filter(Number.isFinite);
  let min = finite.reduce((least, weight) => Math.min(least, weight), Number.POSITIVE_INFINITY);
  let max = finite.reduce((most, weight) => Math.max(most, weight), Number.NEGATIVE_INFINITY);
  if (finite.length === 0) [min, max] = [0, 0];
  if (options.trim !== null && finite.length > 0) {
    const mean = finite.reduce((sum, weight) => sum + weight / finite.length, 0);
    const largest = finite.reduce((most, weight) => Math.max(most, Math.abs(weight - mean)), 0);
    // Scaled, so that the squares of large weights stay finite.
    const spread =
      largest === 0
        ? 0
        : largest *
          Math.sqrt(
            finite.reduce((sum, weight) => sum + ((weight - mean) / largest) ** 2, 0) / finite.length,
          );
    const [low, high] = [
      Math.max(min, mean - options.trim * spread),
      Math.min(max, mean + options.trim * spread),
    ];
    if (low <= high) [min, max] = [low, high];
  }
  if (options.symmetric || options.rgb) {
    max = Math.max(Math.abs(min), Math.abs(max));
    min = -max;
  }
  min = options.min ?? min;
  max = options.max ?? max;
  // A fixed end beyond every weight: there is no range, all of them lie below or above that end.
  if (min > max) return options.min === null ? { min: max, max } : { min, max: min };
  return { min, max };
}

/** The level of a finite weight: min(255, floor(256 t)), with numpy's float32 steps for float32 weights. */
export function expectedLevel(weight: number, { min, max }: ValueRange, single: boolean): number {
  if (weight < min) return 0;
  if (weight > max) return 255;
  if (!(min < max)) return 128;
  const half = max - min === Number.POSITIVE_INFINITY ? 0.5 : 1;
  const difference = weight * half - min * half;
  const span = max * half - min * half;
  const t = single && half === 1 ? Math.fround(Math.fround(difference) / span) : difference / span;
  return Math.min(255, Math.floor(256 * t));
}

/** The look of a cell that shows these weights (three when channels are merged) under `range`. */
export function expectedCell(weights: readonly number[], range: ValueRange, montage: Montage): ExpectedCell {
  const outside = weights.some(
    (weight) => Number.isFinite(weight) && (weight < range.min || weight > range.max),
  );
  if (!weights.every(Number.isFinite)) return { color: null, outside };
  const single = montage.kernel.weights instanceof Float32Array;
  const levels = weights.map((weight) => expectedLevel(weight, range, single));
  if (montage.options.rgb) return { color: levels, outside };
  const table = colormap(montage.options.colormap, montage.options.theme);
  const color =
    montage.options.colormap === "gray"
      ? [levels[0]!, levels[0]!, levels[0]!]
      : [...table.slice(levels[0]! * 3, levels[0]! * 3 + 3)];
  return { color, outside };
}
