/** As `escapeText` knows them, but for the line breaks that indentation makes. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * JSON of `value` in which every control, bidirectional and invisible character is an escape. JSON itself asks that
 * only of the first 32, and programs read the same; but people look at JSON in a terminal, where others are
 * commands too.
 *
 * @param space as in `JSON.stringify`.
 */
export function jsonText(value: unknown, space?: number): string {
  return JSON.stringify(value, null, space).replace(UNSEEN, (character) =>
    Array.from(
      { length: character.length },
      (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
