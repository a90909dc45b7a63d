import type { Rgb } from "../tone/theme.ts";

/** What a cell is besides its colour; stored in the top byte of a packed cell. */
export const NO_MARK = 0;
export const NAN_MARK = 1;
export const PLUS_INFINITY_MARK = 2;
export const MINUS_INFINITY_MARK = 3;
export const BELOW_MARK = 4;
export const ABOVE_MARK = 5;
/** Of the channels of an RGB cell, one lies below and another above the range. */
export const BOTH_MARK = 6;

/** The two colours of the checks that stand for a weight that is no number. */
export interface Checks {
  readonly first: Rgb;
  readonly second: Rgb;
}

/** Checks by mark: NaN magenta and black, +∞ red and white, -∞ blue and white. Cells below 4 pixels are all `first`. */
export const CHECKS: Readonly<Record<number, Checks>> = {
  [NAN_MARK]: { first: [255, 0, 255], second: [0, 0, 0] },
  [PLUS_INFINITY_MARK]: { first: [235, 52, 0], second: [255, 255, 255] },
  [MINUS_INFINITY_MARK]: { first: [0, 92, 230], second: [255, 255, 255] },
};

/** Cells smaller than this have no room for a pattern. */
export const SMALLEST_MARKED_CELL = 4;

/** Side of one check: about a quarter of a cell. */
export function checkSize(cell: number): number {
  return Math.max(2, Math.round(cell / 4));
}

/** Legs of the corner triangle that marks a weight outside the range. */
export function notchSize(cell: number): number {
  return Math.max(2, Math.ceil(cell / 4));
}

/** The colour of a notch on a cell of this colour: black or white, whichever stands out. */
export function notchColor(red: number, green: number, blue: number): Rgb {
  return red * 0.299 + green * 0.587 + blue * 0.114 < 128 ? [255, 255, 255] : [0, 0, 0];
}

/** Whether pixel (x, y) of a cell is in the notch: bottom left for below, top right for above. */
export function inNotch(mark: number, x: number, y: number, cell: number): boolean {
  if (cell < SMALLEST_MARKED_CELL) return false;
  const size = notchSize(cell);
  const above = mark === ABOVE_MARK || mark === BOTH_MARK;
  const below = mark === BELOW_MARK || mark === BOTH_MARK;
  return (above && cell - 1 - x + y < size) || (below && x + cell - 1 - y < size);
}

/** The colour of pixel (x, y) of a marked cell whose plain colour is given. */
export function markedPixel(mark: number, plain: Rgb, x: number, y: number, cell: number): Rgb {
  const checks = CHECKS[mark];
  if (checks === undefined) return inNotch(mark, x, y, cell) ? notchColor(...plain) : plain;
  if (cell < SMALLEST_MARKED_CELL) return checks.first;
  const size = checkSize(cell);
  return (Math.floor(x / size) + Math.floor(y / size)) % 2 === 0 ? checks.first : checks.second;
}

/** Whether a pixel of the frozen frame is on: diagonal stripes, by the pixel's place in the picture. */
export function inHatch(x: number, y: number, thickness: number): boolean {
  return thickness < 3 ? (x + y) % 4 < 2 : (x + y) % 6 < 3;
}

/** Pixel (x, y) of a swatch of `side` pixels: a marked cell, and for infinity both of them side by side. */
export function swatchPixel(mark: "nan" | "infinity" | "outside", x: number, y: number, side: number): Rgb {
  const black: Rgb = [0, 0, 0];
  if (mark === "nan") return markedPixel(NAN_MARK, black, x, y, side);
  if (mark === "outside") return markedPixel(BELOW_MARK, black, x, y, side);
  return markedPixel(x * 2 < side ? PLUS_INFINITY_MARK : MINUS_INFINITY_MARK, black, x, y, side);
}
