/** A column: its head, and whether its cells are numbers, which stand to the right. */
export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

/** Characters that take two places in a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;

/** Characters that take none: they stand on the one before. */
const COMBINING = /\p{M}/gu;

/** Places that `text` takes in a terminal. */
export function placesOf(text: string): number {
  return [...text].length + (text.match(WIDE)?.length ?? 0) - (text.match(COMBINING)?.length ?? 0);
}

/** Lines of a table whose columns are as wide as their widest cell, two spaces apart. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const all = [columns.map((column) => column.head), ...rows];
  const widths = columns.map((_, at) =>
    all.reduce((widest, row) => Math.max(widest, placesOf(row[at] ?? "")), 0),
  );
  return all.map((row) =>
    columns
      .map(({ right }, at) => {
        const cell = row[at] ?? "";
        const space = " ".repeat((widths[at] ?? 0) - placesOf(cell));
        return right ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd(),
  );
}
