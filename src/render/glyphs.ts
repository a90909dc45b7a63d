import { ReadError } from "../errors.ts";
import type { TextStyle } from "../montage/text-width.ts";

/** The picture of one character: rows of coverage 0 … 15, placed from the pen and the baseline. */
export interface Glyph {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly coverage: Uint8Array;
}

/** One glyph of a laid-out line, with its place in the picture. */
export interface PlacedGlyph {
  readonly glyph: Glyph;
  readonly x: number;
  readonly y: number;
}

/** The pictures of all characters that labels can show; `loadGlyphs` brings them. */
export interface Glyphs {
  /** The glyphs of `text` whose pen starts at `x` on the baseline `y`; unknown characters become an empty box. */
  place(text: string, x: number, y: number, style: TextStyle): readonly PlacedGlyph[];
}

/**
 * Loads the glyphs for labels (Inter at three sizes, 17 kB compressed), which are no part of the front door's own
 * code. Every machine draws the same pixels.
 *
 * @example
 * const raster = rasterize(montage(kernel, { labels: true }), await loadGlyphs());
 */
export async function loadGlyphs(): Promise<Glyphs> {
  const { decodeGlyphs } = await import("./glyph-tables.ts");
  return decodeGlyphs();
}

/** Throws `bad-option` when a picture with labels is to be painted without glyphs. */
export function requireGlyphs(glyphs: Glyphs | null): Glyphs {
  if (glyphs !== null) return glyphs;
  throw new ReadError(
    "bad-option",
    "A picture with labels needs the glyphs: rasterize(picture, await loadGlyphs()). encodePng loads them itself.",
  );
}
