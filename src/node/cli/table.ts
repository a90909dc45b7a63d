import { cellWidth } from "../../report.ts";

/** A column: its head, and whether its cells are numbers, which stand to the right. */
export interface Column {
  readonly head: string;
  readonly right?: boolean;
}

/** Places that `text` takes in a terminal. */
export function placesOf(text: string): number {
  return Array.from(text, cellWidth).reduce((sum, places) => sum + places, 0);
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
