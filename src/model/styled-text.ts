import { cellWidth } from "./cell-width.ts";

/** One character and the style it is printed in: the numbers of an SGR escape sequence, or "" for plain. */
export interface StyledCharacter {
  readonly character: string;
  readonly style: string;
}

/** A line of text by its characters. */
export type StyledText = readonly StyledCharacter[];

/** `text` in one style. */
export function styled(text: string, style = ""): StyledText {
  return Array.from(text, (character) => ({ character, style }));
}

/** Columns that a text takes. */
export function cellsOf(text: StyledText): number {
  return text.reduce((sum, { character }) => sum + cellWidth(character), 0);
}

/** `count` spaces. */
export function spaces(count: number, style = ""): StyledText {
  return styled(" ".repeat(Math.max(0, count)), style);
}

/** The text with escape sequences around each stretch of one style, or without any. */
export function printStyled(text: StyledText, color: boolean): string {
  let out = "";
  for (let start = 0; start < text.length; ) {
    const { style } = text[start]!;
    let end = start;
    while (end < text.length && text[end]!.style === style) end += 1;
    const plain = text
      .slice(start, end)
      .map(({ character }) => character)
      .join("");
    out += color && style !== "" ? `\u001b[${style}m${plain}\u001b[0m` : plain;
    start = end;
  }
  return out;
}

/**
 * Breaks a text between words so that lines fit `width` columns; a word that fits no line stays whole. This and
 * the two below follow Rich, the library that prints Keras 3's tables (`_wrap.py`, `text.py`, `containers.py`).
 */
export function wrapWords(text: StyledText, width: number): readonly StyledText[] {
  const breaks: number[] = [];
  let used = 0;
  for (const { start, word } of wordsOf(text)) {
    const length = cellsOf(trimEnd(word));
    if (width - used >= length) used += cellsOf(word);
    else if (start > 0 && (length > width || used > 0)) {
      breaks.push(start);
      used = cellsOf(word);
    } else if (length > width) used = cellsOf(word);
  }
  const edges = [0, ...breaks, text.length];
  return edges.slice(1).map((edge, index) => cropSpaces(text.slice(edges[index], edge), width));
}

function wordsOf(text: StyledText): readonly { start: number; word: StyledText }[] {
  const words: { start: number; word: StyledText }[] = [];
  const isSpace = (at: number): boolean => text[at] !== undefined && /\s/.test(text[at].character);
  let at = 0;
  while (at < text.length) {
    const start = at;
    while (isSpace(at)) at += 1;
    if (at === text.length) break;
    while (at < text.length && !isSpace(at)) at += 1;
    while (isSpace(at)) at += 1;
    words.push({ start, word: text.slice(start, at) });
  }
  return words;
}

/** Without the spaces at its end that pass `width`. */
function cropSpaces(text: StyledText, width: number): StyledText {
  let end = text.length;
  while (end > width && /\s/.test(text[end - 1]!.character)) end -= 1;
  return text.slice(0, end);
}

/** Without spaces at its end. */
export function trimEnd(text: StyledText): StyledText {
  return cropSpaces(text, 0);
}

/** At most `width` columns, the last of them `…` when something is missing. */
export function truncate(text: StyledText, width: number): StyledText {
  if (cellsOf(text) <= width) return text;
  const kept: StyledCharacter[] = [];
  let used = 0;
  for (const one of text) {
    const next = used + cellWidth(one.character);
    if (next > width - 1) break;
    kept.push(one);
    used = next;
  }
  const style = text[kept.length]?.style ?? "";
  return [...kept, ...spaces(width - 1 - used), { character: "…", style }];
}

/** Exactly `width` columns. */
export function justify(text: StyledText, width: number, side: "left" | "center" | "right"): StyledText {
  if (side === "left") {
    const cut = truncate(text, width);
    return [...cut, ...spaces(width - cellsOf(cut))];
  }
  const cut = truncate(trimEnd(text), width);
  const free = width - cellsOf(cut);
  const before = side === "right" ? free : Math.floor(free / 2);
  return [...spaces(before), ...cut, ...spaces(free - before)];
}
