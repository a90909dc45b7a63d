import { escapeText } from "../text/escape.ts";
import type { Rgb } from "../tone/theme.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `text` for the inside of an element or a quoted attribute: markup becomes entities, unseen characters escapes. */
export function content(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => escapeText(line).replace(/[&<>"']/g, (character) => ENTITIES[character]!));
  // XML allows no U+FFFE and U+FFFF, which are seen nowhere else.
  return lines.join("\n").replace(/[\ufffe\uffff]/g, "\ufffd");
}

/** A colour as `#rrggbb`. */
export function hex([red, green, blue]: Rgb): string {
  return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, "0")}`;
}
