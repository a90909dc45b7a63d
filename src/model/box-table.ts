import { justify, type StyledText, spaces, styled, wrapWords } from "./styled-text.ts";

/** A column: its title, where its text stands, and the columns of the terminal it asks for. */
export interface BoxColumn {
  readonly title: StyledText;
  readonly justify: "left" | "center" | "right";
  readonly width: number;
}

/**
 * A table in a box with a heavy head and a line between rows, `length` columns wide, as Rich's `Table` with
 * `HEAVY_HEAD` draws it. Every cell has a space on both sides; words wrap, and one that fits no line ends in `…`.
 */
export function boxTable(
  columns: readonly BoxColumn[],
  rows: readonly (readonly StyledText[])[],
  length: number,
): readonly StyledText[] {
  const widths = narrowed(
    columns.map((column) => column.width + 2),
    length - columns.length - 1,
  );
  const rule = (left: string, fill: string, middle: string, right: string): StyledText =>
    styled(left + widths.map((width) => fill.repeat(width)).join(middle) + right);
  // Titles of fewer lines than others stand at the bottom, other cells at the top.
  const cells = (fields: readonly StyledText[], bar: string, isHead: boolean): readonly StyledText[] => {
    const wrapped = fields.map((field, index) => wrapWords(field, widths[index]! - 2));
    const height = Math.max(1, ...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) => [
      ...styled(bar),
      ...widths.flatMap((width, index) => {
        const lines = wrapped[index] ?? [];
        const text = lines[isHead ? line - height + lines.length : line];
        const placed =
          text === undefined ? spaces(width - 2) : justify(text, width - 2, columns[index]!.justify);
        const cell = [...spaces(1), ...placed, ...spaces(1)];
        const style = columns[index]!.title[0]?.style ?? "";
        return [...(isHead ? cell.map((one) => ({ ...one, style })) : cell), ...styled(bar)];
      }),
    ]);
  };
  const titles = columns.map((column) => column.title);
  const between = rule("├", "─", "┼", "┤");
  return [
    rule("┏", "━", "┳", "┓"),
    ...cells(titles, "┃", true),
    rule("┡", "━", "╇", "┩"),
    ...rows.flatMap((row, index) => [...(index === 0 ? [] : [between]), ...cells(row, "│", false)]),
    rule("└", "─", "┴", "┘"),
  ];
}

/** Takes what `widths` have too many from one after another, in even shares (Rich's `ratio_reduce`). */
function narrowed(widths: readonly number[], most: number): readonly number[] {
  let excess = widths.reduce((sum, width) => sum + width, 0) - most;
  if (excess <= 0) return widths;
  let left = widths.length;
  return widths.map((width) => {
    const share = Math.min(width, roundHalfEven(excess / left));
    excess -= share;
    left -= 1;
    return width - share;
  });
}

/** As Python rounds: halves go to the even number. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
