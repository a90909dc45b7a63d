import type { Kernel } from "./kernel.ts";
import type { SliceLayout } from "./slice.ts";

type Weights = Kernel["weights"];

/** The extent of some weights, and what is no finite number among them. */
export interface WeightExtent {
  /** Smallest and largest finite weight; NaN when there is none. */
  readonly min: number;
  readonly max: number;
  readonly nan: number;
  readonly infinite: number;
}

/** The extent of `weights[from … to)`. */
export function extentOf(weights: Weights, from = 0, to = weights.length): WeightExtent {
  const [min, max] =
    weights instanceof Float32Array ? endsOfSingle(weights, from, to) : endsOfDouble(weights, from, to);
  // NaN anywhere makes both ends NaN, an infinity becomes an end: everything is finite unless the ends say otherwise.
  if (Number.isFinite(min) && Number.isFinite(max)) return { min, max, nan: 0, infinite: 0 };
  const { nan, infinite, min: low, max: high } = statisticsOf(weights, from, to);
  return { min: low, max: high, nan, infinite };
}

/** Two lanes of Math.min and Math.max, which compile to one instruction each; one function per array type. */
function endsOfSingle(weights: Float32Array, from: number, to: number): readonly [number, number] {
  let [low, high, low2, high2] = [weights[from]!, weights[from]!, weights[to - 1]!, weights[to - 1]!];
  let i = from;
  for (; i + 1 < to; i += 2) {
    const a = weights[i]!;
    const b = weights[i + 1]!;
    low = Math.min(low, a);
    high = Math.max(high, a);
    low2 = Math.min(low2, b);
    high2 = Math.max(high2, b);
  }
  return [Math.min(low, low2), Math.max(high, high2)];
}

/** As `endsOfSingle`. */
function endsOfDouble(weights: Float64Array, from: number, to: number): readonly [number, number] {
  let [low, high] = [weights[from]!, weights[from]!];
  for (let i = from; i < to; i++) {
    low = Math.min(low, weights[i]!);
    high = Math.max(high, weights[i]!);
  }
  return [low, high];
}

/** Slices whose weights, more than one, are all the same finite number; most are told by their first two. */
export function countConstantSlices(kernel: Pick<Kernel, "weights" | "shape">, layout: SliceLayout): number {
  const { weights } = kernel;
  const { slices, rows, columns, rowStride, columnStride } = layout;
  if (rows * columns === 1) return 0;
  const second = columns > 1 ? columnStride : rowStride;
  if (layout.axis === "depth" && weights instanceof Float32Array && !hasRepeat(weights, rows * columns))
    return 0;
  const blocks = kernel.shape[0] * kernel.shape[1];
  let constant = 0;
  for (let block = 0; block < blocks; block++) {
    for (let slice = 0; slice < slices; slice++) {
      const base = block * layout.inStride + slice * layout.sliceStride;
      const first = weights[base]!;
      if (first !== weights[base + second]! || !Number.isFinite(first)) continue;
      if (isConstant(weights, base, layout)) constant++;
    }
  }
  return constant;
}

/** Whether any of the slices, `size` weights each in one piece, begins with the same weight twice. */
function hasRepeat(weights: Float32Array, size: number): boolean {
  for (let i = 0; i < weights.length; i += size) if (weights[i] === weights[i + 1]) return true;
  return false;
}

function isConstant(weights: Weights, base: number, layout: SliceLayout): boolean {
  const first = weights[base]!;
  for (let row = 0; row < layout.rows; row++) {
    for (let column = 0; column < layout.columns; column++) {
      if (weights[base + row * layout.rowStride + column * layout.columnStride] !== first) return false;
    }
  }
  return true;
}

/** Numbers that describe the finite weights of a kernel, or of a part of it. */
export interface WeightStatistics extends WeightExtent {
  readonly count: number;
  readonly mean: number;
  /** Population standard deviation (divided by the count, as numpy.std). */
  readonly deviation: number;
}

/**
 * Count, extent, mean and standard deviation of the finite ones among `weights[from … to)`, summed in float64 in
 * two passes. All but the counts are NaN when no weight is finite.
 */
export function statisticsOf(weights: Weights, from = 0, to = weights.length): WeightStatistics {
  let [nan, infinite, sum, squares] = [0, 0, 0, 0];
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const weight = weights[i]!;
    if (Number.isNaN(weight)) nan++;
    else if (!Number.isFinite(weight)) infinite++;
    else {
      if (weight < min) min = weight;
      if (weight > max) max = weight;
      sum += weight;
    }
  }
  const count = to - from;
  const finite = count - nan - infinite;
  if (finite <= 0) {
    return {
      count,
      nan,
      infinite,
      min: Number.NaN,
      max: Number.NaN,
      mean: Number.NaN,
      deviation: Number.NaN,
    };
  }
  const mean = sum / finite;
  for (let i = from; i < to; i++) {
    const weight = weights[i]!;
    if (Number.isFinite(weight)) squares += (weight - mean) ** 2;
  }
  return { count, nan, infinite, min, max, mean, deviation: Math.sqrt(squares / finite) };
}
