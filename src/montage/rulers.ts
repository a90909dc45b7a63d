import { escapeText, shorten } from "../text/escape.ts";
import type { Grid } from "./grid.ts";
import { rowTop, tileLeft, tilePlace } from "./grid.ts";
import type { TextRun } from "./labels.ts";
import type { ResolvedMontageOptions } from "./montage-options.ts";
import type { TilePlan } from "./plan.ts";
import { TEXT_STYLES, textWidth } from "./text-width.ts";

const LINE = TEXT_STYLES.label.line;
/** Pixels between a label and what stands beside it, and between column labels and the frames below them. */
const CLEAR = 8;
const CLEAR_BELOW = 5;
const LONGEST_AXIS_NAME = 24;

/** Labels of rows and columns: how much room they need, and where they stand once the grid is placed. */
export interface Rulers {
  /** Pixels left of the tiles. */
  readonly gutter: number;
  /** Pixels above each band of rows. */
  readonly header: number;
  place(grid: Grid): readonly TextRun[];
}

/** One line of column labels above a band. */
interface ColumnLine {
  readonly word: string;
  readonly count: number;
  readonly pitch: number;
  /** The widest of its labels. */
  readonly widest: string;
  /** Slice numbers repeat in every block: all of them or none. */
  readonly mustLabelAll: boolean;
  label(index: number, band: number): string;
  /** Middle of column `index`. */
  middle(grid: Grid, index: number): number;
}

/** The rulers of a kernel's montage; `grid` need not be placed yet. */
export function rulersOf(plan: TilePlan, grid: Grid, options: ResolvedMontageOptions): Rulers {
  const names = axisWords(options);
  const rows = rowLabels(plan, grid, names, options);
  const lines = columnLines(plan, grid, names, options).filter((line) => stepOf(line) !== null);
  const rowStep = tickStep(grid.rowPitch, LINE, grid.blocksDown);
  const widest = (texts: readonly string[]): number =>
    Math.max(0, ...texts.map((text) => textWidth(text, "label")));
  const last = grid.blocksDown - 1;
  const gutter =
    CLEAR + widest([rows(0), rows(last), rows(Math.floor(last / 2)), ...lines.map((line) => line.word)]);
  const header = lines.length === 0 ? 0 : lines.length * LINE + CLEAR_BELOW;
  return {
    gutter,
    header,
    place(placed) {
      const runs: TextRun[] = [];
      const run = (text: string, x: number, y: number, anchor: TextRun["anchor"]): void => {
        runs.push({ text, x, y, style: "label", tone: "muted", anchor });
      };
      for (let row = 0; row < placed.blocksDown; row += rowStep) {
        const middle = rowTop(placed, row) + Math.floor(placed.tileHeight / 2);
        run(rows(row), placed.originX - CLEAR, middle + 4, "end");
      }
      const bands = Math.ceil(placed.blocksDown / placed.rowsPerBand);
      for (let band = 0; band < bands; band++) {
        const top = rowTop(placed, band * placed.rowsPerBand) - header;
        lines.forEach((line, i) => {
          const y = top + (i + 1) * LINE - 4;
          if (line.word !== "") run(line.word, placed.originX - CLEAR, y, "end");
          const step = stepOf(line) ?? 1;
          for (let index = 0; index < line.count; index += step) {
            run(line.label(index, band), line.middle(placed, index), y, "middle");
          }
        });
      }
      return runs;
    },
  };
}

/** Row labels: the filter, or in the seed's grid the place of the row's first tile. */
function rowLabels(
  plan: TilePlan,
  grid: Grid,
  names: Record<"out" | "in" | "slice", string>,
  options: ResolvedMontageOptions,
): (row: number) => string {
  const first = (row: number) => tilePlace(grid, row * grid.blocksAcross * grid.slicesPerBlock);
  if (options.arrange !== "seed" || plan.ins * plan.slices === 1)
    return (row) => `${names.out} ${first(row)[0]}`;
  return (row) => {
    const [out, input, slice] = first(row);
    return `${names.out} ${out}, ${names.in} ${input}, ${names.slice} ${slice}`;
  };
}

function columnLines(
  plan: TilePlan,
  grid: Grid,
  names: Record<"out" | "in" | "slice", string>,
  options: ResolvedMontageOptions,
): readonly ColumnLine[] {
  // Columns of the seed's grid mean nothing by themselves: tiles simply follow one another.
  if (options.arrange === "seed") return [];
  const lines: ColumnLine[] = [];
  const blockMiddle = (placed: Grid, block: number): number =>
    placed.originX + block * placed.blockPitchX + Math.floor((placed.blockPitchX - placed.blockGap) / 2);
  const blocks = {
    count: grid.blocksAcross,
    pitch: grid.blockPitchX,
    middle: blockMiddle,
    mustLabelAll: false,
  };
  if (plan.wrapped) {
    lines.push({ ...blocks, word: "", widest: `+${grid.blocksAcross - 1}`, label: (block) => `+${block}` });
  } else if (plan.ins > 1) {
    const last = plan.ins * Math.ceil(grid.blocksDown / grid.rowsPerBand) - 1;
    const fits = textWidth(`${names.in} ${last}`, "label") + CLEAR <= grid.blockPitchX;
    const widest = fits ? `${names.in} ${last}` : String(last);
    const label = (block: number, band: number): string =>
      `${fits ? `${names.in} ` : ""}${band * plan.ins + block}`;
    lines.push({ ...blocks, word: fits ? "" : names.in, widest, label });
  }
  if (grid.slicesPerBlock > 1) {
    const last = grid.slicesPerBlock - 1;
    const fits = textWidth(`${names.slice} ${last}`, "label") + CLEAR <= grid.slicePitch;
    lines.push({
      widest: fits ? `${names.slice} ${last}` : String(last),
      mustLabelAll: true,
      word: fits ? "" : names.slice,
      count: grid.blocksAcross * grid.slicesPerBlock,
      pitch: grid.slicePitch,
      label: (column) => `${fits ? `${names.slice} ` : ""}${column % grid.slicesPerBlock}`,
      middle: (placed, column) => tileLeft(placed, column) + Math.floor(placed.tileWidth / 2),
    });
  }
  return lines;
}

/** Every how many columns a line is labelled; null when it must label each one and has no room for it. */
function stepOf(line: ColumnLine): number | null {
  const step = tickStep(line.pitch, textWidth(line.widest, "label") + CLEAR, line.count);
  return line.mustLabelAll && step > 1 ? null : step;
}

/** The smallest of 1, 2, 5, 10, 20, … whose labels of `size` pixels do not touch at `pitch` pixels apart. */
export function tickStep(pitch: number, size: number, count: number): number {
  for (let decade = 1; decade < count * 10; decade *= 10) {
    for (const step of [decade, 2 * decade, 5 * decade]) if (step * pitch >= size) return step;
  }
  return Math.max(1, count);
}

function axisWords(options: ResolvedMontageOptions): Record<"out" | "in" | "slice", string> {
  const clean = (name: string): string => shorten(escapeText(name), LONGEST_AXIS_NAME);
  const { axisNames, sliceAxis } = options;
  return { out: clean(axisNames.out), in: clean(axisNames.in), slice: clean(axisNames[sliceAxis]) };
}
