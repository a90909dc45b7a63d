import type { Kernel } from "./kernel.ts";
import type { SliceLayout } from "./slice.ts";

/** The extent of every slice of a kernel, and what is not a finite number in it. */
export interface SliceExtents {
  /** Smallest and largest finite weight by (out, in, slice) in row-major order; NaN for a slice that has none. */
  readonly min: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  readonly max: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  readonly nan: number;
  readonly infinite: number;
  /** Slices whose weights are all one and the same number. */
  readonly constant: number;
}

/** Reads every weight once: extents by slice, and counts of NaN, infinities and constant slices. */
export function sliceExtents(kernel: Kernel, layout: SliceLayout): SliceExtents {
  const { weights } = kernel;
  const [outs, ins] = kernel.shape;
  const { slices, rows, columns } = layout;
  const count = outs * ins * slices;
  const single = weights instanceof Float32Array;
  const lows = single ? new Float32Array(count) : new Float64Array(count);
  const highs = single ? new Float32Array(count) : new Float64Array(count);
  const scan = layout.axis === "depth" && single ? scanContiguous : scanStrided;
  let nan = 0;
  let infinite = 0;
  let constant = 0;
  let at = 0;
  for (let block = 0; block < outs * ins; block++) {
    for (let slice = 0; slice < slices; slice++, at++) {
      const base = block * layout.inStride + slice * layout.sliceStride;
      if (scan(weights, base, layout, lows, highs, at)) {
        if (lows[at] === highs[at]) constant++;
        continue;
      }
      // Rare: something is not finite. Look again, slowly.
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const weight = weights[base + row * layout.rowStride + column * layout.columnStride]!;
          if (Number.isNaN(weight)) nan++;
          else if (!Number.isFinite(weight)) infinite++;
          else {
            if (weight < low) low = weight;
            if (weight > high) high = weight;
          }
        }
      }
      lows[at] = low <= high ? low : Number.NaN;
      highs[at] = low <= high ? high : Number.NaN;
    }
  }
  return { min: lows, max: highs, nan, infinite, constant };
}

type Weights = Kernel["weights"];

/** Extent of one slice that lies in one piece; false when a weight is not finite. Kept small for the compiler. */
function scanContiguous(
  weights: Weights,
  base: number,
  layout: SliceLayout,
  lows: Weights,
  highs: Weights,
  at: number,
) {
  const end = base + layout.sliceStride;
  let low = weights[base]!;
  let high = low;
  // Zero times a finite number is zero; anything else leaves NaN behind.
  let finite = low * 0;
  for (let i = base + 1; i < end; i++) {
    const weight = weights[i]!;
    if (weight < low) low = weight;
    if (weight > high) high = weight;
    finite += weight * 0;
  }
  lows[at] = low;
  highs[at] = high;
  return finite === 0;
}

/** As `scanContiguous`, for any axis and any array. */
function scanStrided(
  weights: Weights,
  base: number,
  layout: SliceLayout,
  lows: Weights,
  highs: Weights,
  at: number,
) {
  const { rows, columns, rowStride, columnStride } = layout;
  let low = weights[base]!;
  let high = low;
  let finite = 0;
  for (let row = 0; row < rows; row++) {
    let i = base + row * rowStride;
    for (let column = 0; column < columns; column++, i += columnStride) {
      const weight = weights[i]!;
      if (weight < low) low = weight;
      if (weight > high) high = weight;
      finite += weight * 0;
    }
  }
  lows[at] = low;
  highs[at] = high;
  return finite === 0;
}

/** Numbers that describe the finite weights of a kernel, or of a part of it. */
export interface WeightStatistics {
  readonly count: number;
  readonly nan: number;
  readonly infinite: number;
  /** NaN when no weight is finite. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Population standard deviation (divided by the count, as numpy.std). */
  readonly deviation: number;
}

/**
 * Count, extent, mean and standard deviation of the finite ones among `weights[from … to)`, summed in float64 in
 * two passes.
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
  const finite = to - from - nan - infinite;
  if (finite === 0) {
    return {
      count: to - from,
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
  return { count: to - from, nan, infinite, min, max, mean, deviation: Math.sqrt(squares / finite) };
}
