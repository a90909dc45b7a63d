/** The two weights that are mapped to the ends of the colormap. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Mean and spread of the finite weights that share one range. */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

/** What turns the extent of the finite weights into a value range. */
export interface RangeRule {
  /** Fixed ends; null where the weights decide. */
  readonly min: number | null;
  readonly max: number | null;
  readonly symmetric: boolean;
  /** Standard deviations around the mean that the range is narrowed to; null for none. */
  readonly trim: number | null;
}

/**
 * The value range of weights that lie in `extent`: narrowed to mean ± trim deviations, then made symmetric about
 * zero, then given its fixed ends. An extent without finite weights (NaN) becomes 0 … 0, which is drawn mid-gray.
 */
export function rangeFrom(extent: ValueRange, moments: Moments | null, rule: RangeRule): ValueRange {
  let { min, max } = extent;
  if (!(min <= max)) {
    min = 0;
    max = 0;
  }
  if (rule.trim !== null && moments !== null) {
    const low = Math.max(min, moments.mean - rule.trim * moments.deviation);
    const high = Math.min(max, moments.mean + rule.trim * moments.deviation);
    // Rounding can put the mean of equal weights beside them by an ulp; such a range is left as it was.
    if (low <= high) {
      min = low;
      max = high;
    }
  }
  if (rule.symmetric) {
    max = Math.max(Math.abs(min), Math.abs(max));
    min = -max;
  }
  min = rule.min ?? min;
  max = rule.max ?? max;
  // A fixed end beyond all weights of a tile leaves no range: every weight lies below or above that end.
  if (min > max) return rule.min !== null ? { min, max: min } : { min: max, max };
  return { min, max };
}
