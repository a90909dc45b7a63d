import { type Command, Option } from "commander";
import {
  type Arrange,
  COLORMAP_NAMES,
  type MontageOptions,
  type Normalize,
  ReadError,
  type SpatialAxis,
  type ThemeName,
} from "../../index.ts";
import { numberParser, wordParser } from "./options.ts";

/** Pixels beyond which a cell or a gap shows nothing more. */
const LARGEST_CELL = 1024;

const AXES: readonly SpatialAxis[] = ["depth", "height", "width"];
const ARRANGES: readonly Arrange[] = ["aligned", "seed"];
const NORMALIZES: readonly Normalize[] = ["kernel", "filter", "slice"];
const THEMES: readonly ThemeName[] = ["dark", "light"];

/** Adds the options that say how a montage looks. */
export function addMontageOptions(command: Command): Command {
  const finite = numberParser({});
  const options = [
    new Option(
      "--slice-axis <axis>",
      "the axis that slices are taken across: depth (default), height, width",
    ).argParser(wordParser(AXES)),
    new Option(
      "--arrange <how>",
      "aligned (default): a row a filter, a column an input, slices side by side; seed: the grid of plotting loops, as wide as there are inputs",
    ).argParser(wordParser(ARRANGES)),
    new Option(
      "--normalize <scope>",
      "what shares one range of values: kernel (default), filter, slice",
    ).argParser(wordParser(NORMALIZES)),
    new Option("--min <value>", "lower end of the range").argParser(finite),
    new Option("--max <value>", "upper end of the range").argParser(finite),
    new Option("--symmetric", "make the range reach equally far on both sides of zero"),
    new Option("--trim <sigmas>", "narrow the range to mean ± this many standard deviations").argParser(
      numberParser({ above: 0 }),
    ),
    new Option("--colormap <name>", `${COLORMAP_NAMES.join(", ")} (default gray)`).argParser(
      wordParser(COLORMAP_NAMES),
    ),
    new Option("--rgb", "merge three inputs, or three slices of a single input, into one colour tile"),
    new Option("--cell <pixels>", "pixels for each weight").argParser(
      numberParser({ min: 1, max: LARGEST_CELL, whole: true }),
    ),
    new Option("--gap <pixels>", "pixels between slices").argParser(
      numberParser({ min: 0, max: LARGEST_CELL, whole: true }),
    ),
    new Option("--labels", "title, axis labels, and a scale bar that says what the range is"),
    new Option("--theme <name>", "ground of the picture: dark (default), light").argParser(
      wordParser(THEMES),
    ),
  ];
  for (const option of options) command.addOption(option);
  return command;
}

/** @throws ReadError `bad-option` for a range without extent, before anything is read. */
export function assertMontageOptions({ min, max }: MontageOptions): void {
  if (min !== undefined && max !== undefined && min >= max) {
    throw new ReadError("bad-option", `--min ${min} is not below --max ${max}.`);
  }
}
