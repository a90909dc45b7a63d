import { ReadError } from "../errors.ts";
import { type Grid, gridOf, tileBase, tileIndexAt, tileLeft, tileTop } from "../montage/grid.ts";
import { formatWeight, legendText, legendTitle } from "../montage/legend.ts";
import type { Montage } from "../montage/montage.ts";
import { colormap } from "../tone/colormap.ts";
import type { Rgb } from "../tone/theme.ts";
import { cellColors } from "./cells.ts";
import { MINUS_INFINITY_MARK, NAN_MARK, PLUS_INFINITY_MARK } from "./marks.ts";
import { colorBar, halfBlocks, type TerminalDepth } from "./terminal.ts";

/** What the terminal is like. */
export interface RenderTextOptions {
  /** `truecolor`: 24 bits; `256`: xterm's palette; `none`: characters of growing ink, without escapes. */
  readonly depth: TerminalDepth;
  /** Characters in a line, at least 8. */
  readonly columns: number;
  /** Lines that the picture may take. Default: as many as it needs. */
  readonly rows?: number | undefined;
}

/** From the smallest weight of the range to its largest. */
const INK = ".:-=+*%#@";
/** Colours in the scale that is printed below. */
const BAR = 24;
/** A weight is drawn at most this many characters wide; more shows nothing more. */
const LARGEST_CELL = 4;
/** Lines that a picture of chosen size should not pass. */
const READABLE_LINES = 40;

/**
 * A montage for a terminal: half blocks in colour, or characters of growing ink, with title, scale and legend in
 * words. What does not fit the terminal's width is left out, and said to be. Throws `bad-option` for a terminal
 * narrower than 8 characters.
 *
 * @example
 * process.stdout.write(renderText(montage(kernel), { depth: "truecolor", columns: 80 }));
 */
export function renderText(montage: Montage, options: RenderTextOptions): string {
  const { depth, columns, rows = Number.POSITIVE_INFINITY } = options;
  if (!(columns >= 8))
    throw new ReadError("bad-option", `A terminal picture needs at least 8 columns; got ${columns}.`);
  // A character is about twice as tall as wide: two pixels in colour, one weight two characters wide otherwise.
  const across = depth === "none" ? Math.floor(columns / 2) : Math.floor(columns);
  const down = depth === "none" ? Math.max(1, rows) : Math.max(2, 2 * rows);
  const grid = terminalGrid(
    montage,
    across,
    depth === "none" ? 1 : LARGEST_CELL,
    Math.min(down, 2 * READABLE_LINES),
  );
  const shown = fitting(grid, across, down);
  const picture =
    depth === "none" ? inkLines(montage, grid, shown) : halfBlocks(pixelRows(montage, grid, shown), depth);
  const words = [...leftOut(grid, shown), scaleLine(montage, depth), ...legendText(montage)];
  const lines = [
    legendTitle(montage),
    "",
    ...picture,
    "",
    ...words.filter((line) => line !== "").flatMap((line) => wrapLine(line, columns)),
  ];
  return `${lines.join("\n")}\n`;
}

/** The montage's tiles on a grid of characters: the largest cell that fits, kernels of one input wrapped to the width. */
function terminalGrid(montage: Montage, across: number, largest: number, down: number): Grid {
  const { grid } = montage;
  const pointwise = grid.layout.rows * grid.layout.columns === 1;
  const withCell = (cell: number, gap: number): Grid => {
    const blockGap = grid.slicesPerBlock > 1 ? gap + 1 : gap;
    const request = {
      ...grid,
      cell,
      gap,
      blockGap,
      rowGap: blockGap,
      bandGap: grid.rowsPerBand < grid.blocksDown ? 1 : 0,
    };
    const blockPitch = grid.slicesPerBlock * (grid.layout.columns * cell + gap) - gap + blockGap;
    const fit = Math.max(1, Math.floor((across + blockGap) / blockPitch));
    const wraps = grid.ins === 1 && montage.options.arrange === "aligned";
    const blocksAcross = wraps ? Math.min(grid.outs, fit, Math.max(grid.blocksAcross, 1)) : grid.blocksAcross;
    const rowsPerBand = wraps ? Number.MAX_SAFE_INTEGER : grid.rowsPerBand;
    return gridOf({ ...request, blocksAcross, rowsPerBand });
  };
  for (let cell = largest; cell > 1; cell--) {
    const tried = withCell(cell, pointwise ? 0 : 1);
    if (tried.innerWidth <= across && tried.innerHeight <= down) return tried;
  }
  const single = withCell(1, pointwise ? 0 : 1);
  return single.innerWidth <= across ? single : withCell(1, 0);
}

/** Whole blocks and rows that fit. */
interface Shown {
  readonly blocks: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

function fitting(grid: Grid, across: number, down: number): Shown {
  const blocks = Math.min(grid.blocksAcross, Math.floor((across + grid.blockGap) / grid.blockPitchX));
  const rows = Math.min(grid.blocksDown, Math.floor((down + grid.rowGap) / grid.rowPitch));
  // Not even one block fits: show what there is room for.
  const width = blocks === 0 ? across : Math.min(across, blocks * grid.blockPitchX - grid.blockGap);
  const bottom =
    tileTop(grid, Math.max(0, rows - 1) * grid.blocksAcross * grid.slicesPerBlock) + grid.tileHeight;
  return { blocks, rows: Math.max(1, rows), width, height: Math.min(down, bottom) };
}

function leftOut(grid: Grid, shown: Shown): readonly string[] {
  const all = grid.blocksAcross * grid.blocksDown;
  if (shown.blocks >= grid.blocksAcross && shown.rows >= grid.blocksDown) return [];
  const blocks = `${shown.blocks === 0 ? "part of 1" : shown.blocks} of ${grid.blocksAcross} columns and ${shown.rows} of ${grid.blocksDown} rows`;
  return [`Only ${blocks} of blocks fit here (${all} blocks in all); a PNG shows every one.`];
}

/** Packed cell of the weight drawn at (x, y), null between tiles. */
function cellReader(montage: Montage, grid: Grid): (x: number, y: number) => number | null {
  const colors = cellColors(montage);
  const { rowStride, columnStride } = grid.layout;
  return (x, y) => {
    const tile = tileIndexAt(grid, x, y);
    if (tile === null) return null;
    const row = Math.floor((y - tileTop(grid, tile)) / grid.cell);
    const column = Math.floor((x - tileLeft(grid, tile)) / grid.cell);
    const index = tileBase(grid, tile) + row * rowStride + column * columnStride;
    return colors.cellAt(index, Math.floor(tile / montage.ranges.tilesPer));
  };
}

function pixelRows(
  montage: Montage,
  grid: Grid,
  { width, height }: Shown,
): readonly (readonly (Rgb | null)[])[] {
  const read = cellReader(montage, grid);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x): Rgb | null => {
      const packed = read(x, y);
      return packed === null ? null : [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];
    }),
  );
}

/** Two characters a weight; `??` is NaN, `^^` and `vv` are plus and minus infinity. */
function inkLines(montage: Montage, grid: Grid, { width, height }: Shown): readonly string[] {
  // Ink follows the level, whatever the colormap, so levels are read as grays.
  const gray = montage.options.rgb
    ? montage
    : { ...montage, options: { ...montage.options, colormap: "gray" as const } };
  const read = cellReader(gray, grid);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => {
      const packed = read(x, y);
      if (packed === null) return "  ";
      const mark = packed >>> 24;
      if (mark === NAN_MARK) return "??";
      if (mark === PLUS_INFINITY_MARK) return "^^";
      if (mark === MINUS_INFINITY_MARK) return "vv";
      const level = 0.299 * (packed & 255) + 0.587 * ((packed >> 8) & 255) + 0.114 * ((packed >> 16) & 255);
      return INK[Math.min(INK.length - 1, Math.floor((level * INK.length) / 256))]!.repeat(2);
    })
      .join("")
      .trimEnd(),
  );
}

function scaleLine(montage: Montage, depth: TerminalDepth): string {
  const { options, range } = montage;
  if (options.rgb) return "";
  const [low, high] =
    range === null ? ["smallest", "largest"] : [formatWeight(range.min), formatWeight(range.max)];
  if (depth === "none") return `${low}  ${[...INK].join(" ")}  ${high}`;
  const map = colormap(options.colormap, options.theme);
  const colors = Array.from({ length: BAR }, (_, i): Rgb => {
    const level = Math.round((i * 255) / (BAR - 1));
    return [map[3 * level]!, map[3 * level + 1]!, map[3 * level + 2]!];
  });
  return `${low} ${colorBar(colors, depth)} ${high}`;
}

/** `line` broken at spaces to `columns` characters; lines with escapes stay whole. */
function wrapLine(line: string, columns: number): readonly string[] {
  if (line.includes("\x1b")) return [line];
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
