import type { Montage } from "../montage/montage.ts";
import { type Rgb, THEMES } from "../tone/theme.ts";
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

const CHECK_NAMES: Readonly<Record<number, string>> = {
  [NAN_MARK]: "nan",
  [PLUS_INFINITY_MARK]: "plus-infinity",
  [MINUS_INFINITY_MARK]: "minus-infinity",
};

/** The id of a definition by its name. */
export type SvgIds = (name: string) => string;

/**
 * Ids for a montage's definitions. All SVGs of a page share their ids, so each carries a hash (FNV-1a) of what the
 * definitions depend on: pictures with the same ids define the same.
 */
export function createSvgIds({ options, range }: Montage): SvgIds {
  const single = range !== null && !(range.min < range.max);
  let hash = 0x811c9dc5;
  for (const character of `${options.colormap} ${options.theme} ${options.cell} ${single}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  const prefix = `k${(hash >>> 0).toString(16).padStart(8, "0")}`;
  return (name) => `${prefix}-${name}`;
}

/** `<defs>` with what this montage needs: cells that are no number, and the hatching of what is frozen. */
export function markDefinitions(montage: Montage, ids: SvgIds): string {
  const { counts, frame, options, grid } = montage;
  const marks = [
    ...(counts.nan > 0 ? [NAN_MARK] : []),
    ...(counts.infinite > 0 ? [PLUS_INFINITY_MARK, MINUS_INFINITY_MARK] : []),
  ];
  const definitions = marks.map((mark) => checkedCell(ids(CHECK_NAMES[mark]!), mark, grid.cell));
  if (frame !== null) {
    const color = hex(THEMES[options.theme].caution);
    definitions.push(
      `<pattern id="${ids("frozen")}" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 0h3l-3 3zM6 0v3l-3 3h-3z" fill="${color}"/></pattern>`,
    );
  }
  return definitions.length === 0 ? "" : `<defs>${definitions.join("")}</defs>\n`;
}

/** A cell of checks, to be used wherever its mark is. */
function checkedCell(id: string, mark: number, cell: number): string {
  const { first, second } = CHECKS[mark]!;
  const ground = `<rect width="${cell}" height="${cell}" fill="${hex(first)}"/>`;
  if (cell < SMALLEST_MARKED_CELL) return `<g id="${id}">${ground}</g>`;
  const size = checkSize(cell);
  let squares = "";
  for (let y = 0, row = 0; y < cell; y += size, row++) {
    for (let x = row % 2 === 0 ? size : 0; x < cell; x += 2 * size) {
      const [width, height] = [Math.min(size, cell - x), Math.min(size, cell - y)];
      squares += `M${x} ${y}h${width}v${height}h${-width}z`;
    }
  }
  return `<g id="${id}">${ground}<path d="${squares}" fill="${hex(second)}"/></g>`;
}

/** The markup of a cell that has a mark, its top left at (x, y). */
export function markedCell(packed: number, x: number, y: number, cell: number, ids: SvgIds): string {
  const mark = packed >>> 24;
  const name = CHECK_NAMES[mark];
  if (name !== undefined) return `<use href="#${ids(name)}" x="${x}" y="${y}"/>`;
  const color: Rgb = [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];
  const rect = `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${hex(color)}"/>`;
  if (cell < SMALLEST_MARKED_CELL) return rect;
  const size = notchSize(cell);
  const notches = [
    mark === ABOVE_MARK || mark === BOTH_MARK ? `M${x + cell - size} ${y}h${size}v${size}z` : "",
    mark === BELOW_MARK || mark === BOTH_MARK ? `M${x} ${y + cell - size}v${size}h${size}z` : "",
  ];
  return `${rect}<path d="${notches.join("")}" fill="${hex(notchColor(...color))}"/>`;
}
