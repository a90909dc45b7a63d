import { GLYPH_TEXT } from "../montage/advances.ts";
import { advanceOf, TEXT_STYLES, type TextStyle } from "../montage/text-width.ts";
import { GLYPH_DATA } from "./glyph-data.ts";
import type { Glyph, Glyphs, PlacedGlyph } from "./glyphs.ts";

/** The glyphs of every text style, decoded; `loadGlyphs` loads this module when labels are first painted. */
export function decodeGlyphs(): Glyphs {
  const characters = [...GLYPH_TEXT];
  const tables = new Map<TextStyle, ReadonlyMap<string, Glyph>>();
  for (const style of Object.keys(TEXT_STYLES) as TextStyle[]) {
    tables.set(style, decodeTable(GLYPH_DATA[style], characters, TEXT_STYLES[style].size));
  }
  const known = new Set(characters);
  return {
    place: (text, x, y, style) =>
      // A space has an advance and no picture: null, where a character that is not known is undefined.
      placeText(text, x, y, style, (character) =>
        known.has(character) ? (tables.get(style)?.get(character) ?? null) : undefined,
      ),
  };
}

/** Undoes `glyphs` of scripts/make-glyphs.py. */
function decodeTable(
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

function placeText(
  text: string,
  x: number,
  y: number,
  style: TextStyle,
  glyphOf: (character: string) => Glyph | null | undefined,
): readonly PlacedGlyph[] {
  const placed: PlacedGlyph[] = [];
  const { size } = TEXT_STYLES[style];
  let thousandths = 0;
  for (const character of text) {
    const known = glyphOf(character);
    const glyph = known === undefined ? missingGlyph(size) : known;
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
