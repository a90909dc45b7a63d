/**
 * Characters that steer a terminal or the order of letters, or that nobody can see: controls, format characters
 * (bidirectional marks and isolates, zero-width ones, tags), line separators, and halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * `text` with every control, bidirectional and invisible character written as an escape (`\n`, `\x1b`, `\u202e`),
 * so that a name from a file can neither move the cursor nor reorder what stands beside it. Other text, accents
 * and other scripts included, stays as it is.
 */
export function escapeText(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (SHORT[character] !== undefined) return SHORT[character];
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
    return `\\u{${code.toString(16)}}`;
  });
}

/** `text` cut in the middle to at most `length` characters, with `…` where something is missing. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const characters = [...text.slice(0, length + 1), ...text.slice(-length)];
  const head = Math.ceil((length - 1) / 2);
  const tail = length - 1 - head;
  return `${characters.slice(0, head).join("")}…${tail === 0 ? "" : characters.slice(-tail).join("")}`;
}
