import type { Kernel } from "../kernel/kernel.ts";
import { escapeText } from "../text/escape.ts";
import type { ValueRange } from "../tone/range.ts";
import type { MontageCounts } from "./counts.ts";
import { frozenSlices } from "./counts.ts";
import type { Grid } from "./grid.ts";
import type { ResolvedMontageOptions } from "./montage-options.ts";

/** What the sentences of a legend are made from; a `Montage` has it all. */
export interface LegendFacts {
  readonly kernel: Kernel;
  readonly options: ResolvedMontageOptions;
  readonly grid: Grid;
  readonly range: ValueRange | null;
  readonly counts: MontageCounts;
}

/** The mark that a sentence explains. */
export type LegendMark = "nan" | "infinity" | "outside" | "frozen";

/** One sentence of a legend. */
export interface LegendLine {
  readonly text: string;
  /** The reader should not trust brightness, or some weights, without knowing this. */
  readonly caution: boolean;
  readonly mark: LegendMark | null;
}

/** A weight with at most four significant digits. */
export function formatWeight(weight: number): string {
  if (weight === 0) return "0";
  const text = weight.toPrecision(4);
  return text.includes("e")
    ? text.replace(/\.?0+e/, "e")
    : text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

const KIND_WORDS = {
  conv: "Convolution",
  depthwise: "Depthwise convolution",
  transposed: "Transposed convolution",
} as const;

/** The layer's name, safe to show. */
export function legendTitle(facts: Pick<LegendFacts, "kernel">): string {
  return escapeText(facts.kernel.name);
}

/** What the kernel is: "Convolution 3×3×3 · 4 inputs, 2 filters · 24 slices of 3×3 · float32". */
export function legendSubtitle({ kernel, grid, counts }: LegendFacts): string {
  const [out, inPerGroup, ...spatial] = kernel.shape;
  const groups = kernel.groups ?? 1;
  const extents = spatial.slice(3 - kernel.rank).join("×");
  const channels =
    kernel.kind === "depthwise"
      ? inPerGroup === 1 && out % groups === 0 && groups > 1
        ? `${plural(groups, "channel")}, ${plural(out / groups, "filter")} each`
        : plural(out, "filter")
      : groups > 1
        ? `${plural(groups, "group")}, ${plural(inPerGroup, "input")} each, ${plural(out, "filter")}`
        : `${plural(inPerGroup, "input")}, ${plural(out, "filter")}`;
  return [
    `${KIND_WORDS[kernel.kind]} ${kernel.rank === 1 ? `of length ${extents}` : extents}`,
    channels,
    `${plural(counts.slices, "slice")} of ${grid.layout.rows}×${grid.layout.columns}`,
    `${escapeText(kernel.dtype)}${kernel.dequantized === true ? " dequantised" : ""}`,
    ...(kernel.batchNormFolded === true ? ["batch normalisation folded in"] : []),
  ].join(" · ");
}

/** The words under the scale bar: what was mapped to what, in words. */
export function scaleWords({
  options,
  range,
  counts,
}: Pick<LegendFacts, "options" | "range" | "counts">): LegendLine {
  const { min, max, trim, symmetric, rgb, normalize } = options;
  if (range !== null && !(range.min < range.max)) {
    const odd = counts.nan + counts.infinite;
    const every = odd === 0 ? "Every weight" : "Every finite weight";
    const text =
      odd === counts.weights
        ? "No weight is a finite number."
        : `${every} is ${formatWeight(range.min)}, drawn mid-gray.`;
    return { text, caution: odd === counts.weights, mark: null };
  }
  const how: string[] = [];
  if (min !== null || max !== null) {
    how.push(
      min !== null && max !== null ? "fixed ends" : min !== null ? "fixed lower end" : "fixed upper end",
    );
  }
  if (!(min !== null && max !== null)) {
    if (rgb) how.push("0.5 + w/2m, m the largest |w|; zero is mid-gray");
    else if (symmetric) how.push("reaching equally far on both sides of zero");
    if (trim !== null) how.push(`narrowed to mean ± ${trim} standard deviations`);
    if (!rgb && !symmetric && trim === null && how.length === 0) how.push("smallest to largest weight");
  }
  if (range !== null)
    return { text: `One scale for the whole kernel: ${how.join(", ")}.`, caution: false, mark: null };
  const each = normalize === "filter" || rgb ? "filter" : "slice";
  const text = `Each ${each} has its own scale: brightness is not comparable${each === "filter" ? " between filters" : ""} (${how.join(", ")}).`;
  return { text, caution: true, mark: null };
}

/** Every sentence below the scale: what is not a plain weight on a plain scale. */
export function legendNotes(facts: LegendFacts): readonly LegendLine[] {
  const { counts, options, range } = facts;
  const lines: LegendLine[] = [];
  const say = (text: string, caution: boolean, mark: LegendMark | null): void => {
    lines.push({ text, caution, mark });
  };
  if (options.rgb) say(`${rgbWords(facts)}.`, false, null);
  if (counts.nan > 0) say(`${plural(counts.nan, "weight is", "weights are")} NaN.`, true, "nan");
  if (counts.infinite > 0)
    say(`${plural(counts.infinite, "weight is", "weights are")} infinite.`, true, "infinity");
  if (counts.below + counts.above > 0) {
    const notched = options.cell >= 4 ? ", notched" : "";
    const text = `${number(counts.below)} below and ${number(counts.above)} above the range, of ${plural(counts.weights, "weight")}, are drawn at its ends${notched}.`;
    say(text, true, "outside");
  }
  if (counts.constantSlices > 0) {
    const ownScale = range === null && options.normalize === "slice";
    const text = `${number(counts.constantSlices)} of ${plural(counts.slices, "slice")} ${counts.constantSlices === 1 ? "is" : "are"} constant${ownScale ? " and drawn mid-gray" : ""}.`;
    say(text, false, null);
  }
  for (const sentence of frozenWords(facts)) say(sentence, true, "frozen");
  return lines;
}

/** Title, description, scale and notes as plain sentences, for terminals, SVG descriptions and PNG text. */
export function legendText(facts: LegendFacts): readonly string[] {
  const ends =
    facts.range === null
      ? []
      : [`Range ${formatWeight(facts.range.min)} to ${formatWeight(facts.range.max)}.`];
  return [
    legendSubtitle(facts),
    ...ends,
    scaleWords(facts).text,
    ...legendNotes(facts).map((line) => line.text),
  ];
}

function rgbWords({ options, grid }: LegendFacts): string {
  const merged =
    grid.channelStride === grid.layout.inStride ? options.axisNames.in : options.axisNames[options.sliceAxis];
  return `Red, green and blue are ${escapeText(merged)} 0, 1 and 2`;
}

function frozenWords({ kernel, options, grid, counts }: LegendFacts): readonly string[] {
  const { frozen } = kernel;
  if (frozen === null) return [];
  const { layout } = grid;
  const words: string[] = [];
  const name = (axis: "depth" | "height" | "width"): string => escapeText(options.axisNames[axis]);
  const flags = frozenSlices(kernel, layout);
  if (counts.frozenSlices > 0) {
    const which = flags.every(Boolean) ? "every position" : `${name(layout.axis)} ${listed(flags)}`;
    const them = counts.frozenSlices === 1 ? "it" : "them";
    words.push(
      `${number(counts.frozenSlices)} of ${plural(counts.slices, "slice")} frozen: ${which} only ever met padding, so training could not change ${them}.`,
    );
  }
  const partly = ([layout.rowAxis, layout.columnAxis] as const)
    .filter((axis) => frozen[axis].includes(true))
    .map((axis) => `${name(axis)} ${listed(frozen[axis])}`);
  if (partly.length > 0 && !flags.every(Boolean)) {
    words.push(
      `In every slice, ${partly.join(" and ")} only ever met padding, so training could not change those weights.`,
    );
  }
  return words;
}

/** Indices of the true flags as "0", "0 and 2", "0, 1 and 4"; long runs are cut. */
function listed(flags: readonly boolean[]): string {
  const indices = flags.flatMap((flag, i) => (flag ? [i] : []));
  if (indices.length > 8) return `${indices.slice(0, 6).join(", ")}, … (${indices.length} in all)`;
  if (indices.length < 2) return indices.join("");
  return `${indices.slice(0, -1).join(", ")} and ${indices.at(-1)}`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** A count with commas between thousands, the same in every locale. */
function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
