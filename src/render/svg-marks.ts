import type { LegendMark } from "../montage/legend.ts";
import type { Montage } from "../montage/montage.ts";
import { THEMES } from "../tone/theme.ts";
import {
  ABOVE_MARK,
  BELOW_MARK,
  BOTH_MARK,
  CHECKS,
  checkSize,
  MINUS_INFINITY_MARK,
  NAN_MARK,
  notchColor,
  notchSize,
  PLUS_INFINITY_MARK,
  SMALLEST_MARKED_CELL,
} from "./marks.ts";
import { hex } from "./markup.ts";

const CHECK_IDS: Readonly<Record<number, string>> = {
  [NAN_MARK]: "nan",
  [PLUS_INFINITY_MARK]: "plus-infinity",
  [MINUS_INFINITY_MARK]: "minus-infinity",
};

/** `<defs>` with the patterns that this montage needs: checks for what is no number, hatching for what is frozen. */
export function markPatterns(montage: Montage): string {
  const { counts, frame, options, grid } = montage;
  const patterns: string[] = [];
  const marks = [
    ...(counts.nan > 0 ? [NAN_MARK] : []),
    ...(counts.infinite > 0 ? [PLUS_INFINITY_MARK, MINUS_INFINITY_MARK] : []),
  ];
  for (const mark of marks) {
    const { first, second } = CHECKS[mark]!;
    const size = checkSize(grid.cell);
    const squares = `<rect width="${2 * size}" height="${2 * size}" fill="${hex(first)}"/><path d="M${size} 0h${size}v${size}h-${size}zM0 ${size}h${size}v${size}h-${size}z" fill="${hex(second)}"/>`;
    patterns.push(pattern(CHECK_IDS[mark]!, 2 * size, squares));
  }
  if (frame !== null) {
    const color = hex(THEMES[options.theme].caution);
    patterns.push(pattern("frozen", 6, `<path d="M0 0h3l-3 3zM6 0v3l-3 3h-3z" fill="${color}"/>`));
  }
  return patterns.length === 0 ? "" : `<defs>${patterns.join("")}</defs>\n`;
}

function pattern(id: string, size: number, inside: string): string {
  return `<pattern id="${id}" width="${size}" height="${size}" patternUnits="userSpaceOnUse">${inside}</pattern>`;
}

/** The markup of a cell that has a mark, its top left at (x, y). */
export function markedCell(packed: number, x: number, y: number, cell: number): string {
  const mark = packed >>> 24;
  const color = [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255] as const;
  const rect = (fill: string): string =>
    `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${fill}"/>`;
  const checks = CHECK_IDS[mark];
  if (checks !== undefined) return rect(cell < SMALLEST_MARKED_CELL ? hex(color) : `url(#${checks})`);
  if (cell < SMALLEST_MARKED_CELL) return rect(hex(color));
  const size = notchSize(cell);
  const notches = [
    mark === ABOVE_MARK || mark === BOTH_MARK ? `M${x + cell - size} ${y}h${size}v${size}z` : "",
    mark === BELOW_MARK || mark === BOTH_MARK ? `M${x} ${y + cell - size}v${size}h${size}z` : "",
  ];
  return `${rect(hex(color))}<path d="${notches.join("")}" fill="${hex(notchColor(...color))}"/>`;
}

/** What fills the swatch of a mark in the legend. */
export function swatchFill(mark: LegendMark): string {
  if (mark === "infinity") return "url(#plus-infinity)";
  return mark === "outside" ? "#000000" : `url(#${mark})`;
}
