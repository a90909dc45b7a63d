import { ReadError } from "../errors.ts";
import { advanceOf, TEXT_STYLES, type TextStyle } from "../montage/text-width.ts";

/** The picture of one character: rows of coverage 0 … 15, placed from the pen and the baseline. */
export interface Glyph {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly coverage: Uint8Array;
}

/** The pictures of all characters that labels can show; `loadGlyphs` brings them. */
export interface Glyphs {
  /** Null for a space and for characters without a picture, which `isKnown` tells apart. */
  glyph(character: string, style: TextStyle): Glyph | null;
  isKnown(character: string): boolean;
}

/**
 * Loads the glyphs for labels (Inter at three sizes, 17 kB compressed), which are no part of the front door's own
 * code. Every machine draws the same pixels.
 *
 * @example
 * const raster = rasterize(montage(kernel, { labels: true }), await loadGlyphs());
 */
export async function loadGlyphs(): Promise<Glyphs> {
  const [{ GLYPH_DATA }, { GLYPH_TEXT }] = await Promise.all([
    import("./glyph-data.ts"),
    import("../montage/advances.ts"),
  ]);
  const characters = [...GLYPH_TEXT];
  const tables = new Map<TextStyle, ReadonlyMap<string, Glyph>>();
  for (const style of Object.keys(TEXT_STYLES) as TextStyle[]) {
    tables.set(style, decodeGlyphs(GLYPH_DATA[style], characters, TEXT_STYLES[style].size));
  }
  const known = new Set(characters);
  return {
    glyph: (character, style) => tables.get(style)?.get(character) ?? null,
    isKnown: (character) => known.has(character),
  };
}

/** Undoes `glyphs` of scripts/make-glyphs.py. */
function decodeGlyphs(
  base64: string,
  characters: readonly string[],
  size: number,
): ReadonlyMap<string, Glyph> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const table = new Map<string, Glyph>();
  let nibble = 2 * 4 * characters.length;
  characters.forEach((character, i) => {
    const [left, top, width, height] = bytes.subarray(4 * i, 4 * i + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const coverage = new Uint8Array(width * height);
    for (let at = 0; at < coverage.length; at++, nibble++) {
      const byte = bytes[nibble >> 1]!;
      coverage[at] = nibble % 2 === 0 ? byte >> 4 : byte & 15;
    }
    table.set(character, { left: left - 8, top: top - 8 - size, width, height, coverage });
  });
  return table;
}

/** One glyph of a laid-out line, with its place in the picture. */
export interface PlacedGlyph {
  readonly glyph: Glyph;
  readonly x: number;
  readonly y: number;
}

/** The glyphs of `text` whose pen starts at `x` on the baseline `y`; unknown characters become an empty box. */
export function placeText(
  text: string,
  x: number,
  y: number,
  style: TextStyle,
  glyphs: Glyphs,
): readonly PlacedGlyph[] {
  const placed: PlacedGlyph[] = [];
  const { size } = TEXT_STYLES[style];
  let thousandths = 0;
  for (const character of text) {
    const glyph = glyphs.isKnown(character) ? glyphs.glyph(character, style) : missingGlyph(size);
    const pen = x + Math.round((thousandths * size) / 1000);
    if (glyph !== null) placed.push({ glyph, x: pen + glyph.left, y: y + glyph.top });
    thousandths += advanceOf(character, style);
  }
  return placed;
}

/** The hollow box that stands for a character without a glyph. */
function missingGlyph(size: number): Glyph {
  const width = Math.round(size * 0.5);
  const height = Math.round(size * 0.72);
  const coverage = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1 ? 11 : 0;
  });
  return { left: 1, top: -height, width, height, coverage };
}

/** Throws `bad-option` when a picture with labels is to be painted without glyphs. */
export function requireGlyphs(glyphs: Glyphs | null): Glyphs {
  if (glyphs !== null) return glyphs;
  throw new ReadError(
    "bad-option",
    "A picture with labels needs the glyphs: rasterize(picture, await loadGlyphs()). encodePng loads them itself.",
  );
}
