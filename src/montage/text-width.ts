import { ADVANCES, GLYPH_TEXT } from "./advances.ts";

/** The three sizes of text in a picture. */
export type TextStyle = "title" | "body" | "label";

/** Font size in pixels, line height, and weight of each style; the same in PNG and SVG. */
export const TEXT_STYLES = {
  title: { size: 16, line: 22, weight: "semibold" },
  body: { size: 12, line: 17, weight: "regular" },
  label: { size: 11, line: 15, weight: "regular" },
} as const satisfies Record<TextStyle, { size: number; line: number; weight: "regular" | "semibold" }>;

/** Thousandths of the font size that a character without a glyph takes. */
export const MISSING_ADVANCE = 620;

/** Advance width of one character in thousandths of the font size. */
export function advanceOf(character: string, style: TextStyle): number {
  const index = GLYPH_TEXT.indexOf(character);
  if (index < 0) return MISSING_ADVANCE;
  return Number.parseInt(ADVANCES[TEXT_STYLES[style].weight].slice(2 * index, 2 * index + 2), 36);
}

/** Width of `text` in pixels, rounded up. */
export function textWidth(text: string, style: TextStyle): number {
  let thousandths = 0;
  for (const character of text) thousandths += advanceOf(character, style);
  return Math.ceil((thousandths * TEXT_STYLES[style].size) / 1000);
}

/**
 * `text` in lines of at most `width` pixels, broken at spaces, and inside a word only where it alone is too long.
 * At most `lines` of them, the last one cut with `…`.
 */
export function wrapText(text: string, style: TextStyle, width: number, lines = 8): readonly string[] {
  const result: string[] = [];
  let line = "";
  // No character is narrower than a pixel, so what is cut off here could not be shown.
  const shown = text.slice(0, lines * width + 1);
  for (const word of shown.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer, style) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") result.push(line);
    line = "";
    for (const character of word) {
      if (line !== "" && textWidth(line + character, style) > width) {
        result.push(line);
        line = "";
      }
      line += character;
    }
    if (result.length > lines) break;
  }
  result.push(line);
  if (result.length <= lines) return result;
  let last = result[lines - 1]!;
  while (last.length > 1 && textWidth(`${last}…`, style) > width) last = last.slice(0, -1);
  return [...result.slice(0, lines - 1), `${last}…`];
}
