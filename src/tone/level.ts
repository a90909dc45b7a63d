import type { ValueRange } from "./range.ts";

/** The level that a slice of equal weights is drawn with: the middle of the colormap. */
export const MIDDLE_LEVEL = 128;

/**
 * Codes beyond the 256 levels, for weights that have a look of their own. `BELOW` and `ABOVE` are drawn with the
 * colour of level 0 and 255.
 */
export const NAN_CODE = 256;
export const PLUS_INFINITY_CODE = 257;
export const MINUS_INFINITY_CODE = 258;
export const BELOW_CODE = 259;
export const ABOVE_CODE = 260;
export const CODE_COUNT = 261;

/** A value range made ready for `levelOf`. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly span: number;
  /** The weights are float32, so that matplotlib's arithmetic is float32 too. */
  readonly single: boolean;
}

/** The scale of `range` for weights of float32 (`single`) or float64. */
export function scaleOf(range: ValueRange, single: boolean): Scale {
  return { ...range, span: range.max - range.min, single };
}

/**
 * The level 0 … 255 of a weight, as matplotlib's Normalize and Colormap find it:
 *
 *     t = (w - min) / (max - min)        level = min(255, floor(256 t))
 *
 * For float32 data, numpy rounds the difference and the quotient to float32 while min and max are float64; float64
 * data stay float64. The result is equal to matplotlib 3.11 on NumPy 2, weight for weight. Weights outside the range
 * get its end levels; NaN and infinities have codes of their own; a range of no extent is drawn mid-gray.
 */
export function levelOf(weight: number, scale: Scale): number {
  if (weight - weight !== 0) {
    return Number.isNaN(weight) ? NAN_CODE : weight > 0 ? PLUS_INFINITY_CODE : MINUS_INFINITY_CODE;
  }
  return levelOfFinite(weight, scale);
}

/** As `levelOf`, with codes for weights outside the range. */
export function codeOf(weight: number, scale: Scale): number {
  if (weight < scale.min && weight !== Number.NEGATIVE_INFINITY) return BELOW_CODE;
  if (weight > scale.max && weight !== Number.POSITIVE_INFINITY) return ABOVE_CODE;
  return levelOf(weight, scale);
}

function levelOfFinite(weight: number, { min, max, span, single }: Scale): number {
  if (!(min < max)) return MIDDLE_LEVEL;
  if (weight <= min) return 0;
  if (weight >= max) return 255;
  // Ends of opposite sign near the largest double: halve everything, which is exact.
  if (span === Number.POSITIVE_INFINITY)
    return Math.floor(((weight / 2 - min / 2) / (max / 2 - min / 2)) * 256);
  const t = single ? Math.fround(Math.fround(weight - min) / span) : (weight - min) / span;
  return Math.min(255, Math.floor(t * 256));
}
