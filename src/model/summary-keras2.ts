import { ReadError } from "../errors.ts";
import type { Architecture, ArchitectureLayer } from "./model.ts";
import type { SummaryOptions, SummaryStyle } from "./summary.ts";
import {
  assertLineLength,
  columnEnds,
  connectionsOf,
  memorySize,
  shownClass,
  shownName,
  totalsOf,
  withCommas,
} from "./summary-values.ts";

type Keras2Style = Exclude<SummaryStyle, "keras3">;

/** The forms before 2.7: fields are cut, not wrapped. */
const OLD: ReadonlySet<Keras2Style> = new Set(["keras2.0", "keras2.2", "keras2.6"]);

/** Layers that return a tuple, where others with several outputs return a list. */
const RETURN_TUPLES: ReadonlySet<string> = new Set(["AdditiveAttention", "Attention", "MultiHeadAttention"]);

/** What every row of one summary shares. */
interface Sheet {
  readonly style: Keras2Style;
  /** Length of a line without the column that `showTrainable` adds. */
  readonly length: number;
  /** Where each column ends. */
  readonly ends: readonly number[];
  readonly connected: boolean;
  readonly showTrainable: boolean;
  readonly expandNested: boolean;
}

/** `print_summary` of Keras 2 and tf.keras, from the source of the versions that `style` stands for. */
export function renderKeras2(
  architecture: Architecture,
  style: Keras2Style,
  options: SummaryOptions,
): string {
  const sheet = sheetOf(architecture, style, options);
  const full = sheet.ends.at(-1)!;
  const header = ["Layer (type)", "Output Shape", "Param #"];
  if (sheet.connected) header.push("Connected to");
  if (sheet.showTrainable) header.push("Trainable");
  const title = style === "keras2.0" ? [] : [`Model: "${shownName(architecture.name)}"`];
  const head = [...title, "_".repeat(full), ...row(header, sheet, 0), "=".repeat(full)];
  const body = OLD.has(style) ? oldRows(architecture.layers, sheet) : rows(architecture.layers, sheet, 0);
  return `${[...head, ...body, "=".repeat(full), ...footer(architecture, style), "_".repeat(full)].join("\n")}\n`;
}

function sheetOf({ branching }: Architecture, style: Keras2Style, options: SummaryOptions): Sheet {
  const { lineLength, showTrainable = false, expandNested = false } = options;
  if (OLD.has(style) && (showTrainable || expandNested)) {
    throw new ReadError(
      "bad-option",
      "Keras up to 2.6 shows neither whether layers are trained nor the layers of nested models; take the style keras2.7 or a later one.",
    );
  }
  const length = lineLength ?? (branching ? 98 : 65);
  const wide = style === "keras2.13" ? [0.3, 0.6, 0.7, 1] : [0.33, 0.55, 0.67, 1];
  const ends = columnEnds(branching ? wide : [0.45, 0.85, 1], length);
  assertLineLength(length, ends, 4);
  if (showTrainable) ends.push(length + 11);
  return { style, length, ends, connected: branching, showTrainable, expandNested };
}

/** Rows of the old forms, each under a rule but the last; connections after the first stand on rows of their own. */
function oldRows(layers: readonly ArchitectureLayer[], sheet: Sheet): readonly string[] {
  const rule = "_".repeat(sheet.length);
  return layers.flatMap((layer, index) => {
    const [first = "", ...others] = sheet.connected ? connectionsOf(layer) : [];
    const fields = [nameOf(layer), shapeText(layer, sheet.style), paramsText(layer, sheet)];
    const own = row(sheet.connected ? [...fields, first] : fields, sheet, 0);
    const more = others.flatMap((connection) => row(["", "", "", connection], sheet, 0));
    return [...own, ...more, ...(index === layers.length - 1 ? [] : [rule])];
  });
}

/** Rows of the forms from 2.7 on; the layers of nested models stand between bars. */
function rows(layers: readonly ArchitectureLayer[], sheet: Sheet, level: number): readonly string[] {
  const width = sheet.ends.at(-1)!;
  const between = (bars: number, fill: string): string =>
    "|".repeat(bars) + fill.repeat(Math.max(0, width - 2 * bars)) + "|".repeat(bars);
  return layers.flatMap((layer, index) => {
    const fields = [nameOf(layer), shapeText(layer, sheet.style), paramsText(layer, sheet)];
    // Calls inside a nested model are not among those of the model that is printed.
    if (sheet.connected) fields.push(pythonList(level === 0 ? connectionsOf(layer) : []));
    if (sheet.showTrainable) fields.push(layer.trainable ? "Y" : "N");
    const inside = sheet.expandNested ? (layer.layers ?? []) : [];
    const nested =
      inside.length === 0
        ? []
        : [between(level + 1, "¯"), ...rows(inside, sheet, level + 1), between(level, "¯")];
    // No blank line follows an opened model, wherever it stands: Keras's loop over its layers leaves the mark set.
    const last = nested.length > 0 || (level > 0 && index === layers.length - 1);
    return [...row(fields, sheet, level), ...nested, ...(last ? [] : [between(level, " ")])];
  });
}

function row(fields: readonly string[], sheet: Sheet, level: number): readonly string[] {
  return OLD.has(sheet.style) ? [cutRow(fields, sheet.ends)] : wrappedRow(fields, sheet, level);
}

/** One line: every field begins with the space that replaces the last letter before it, and ends where it must. */
function cutRow(fields: readonly string[], ends: readonly number[]): string {
  let line: string[] = [];
  for (const [index, field] of fields.entries()) {
    if (index > 0) line = [...line.slice(0, -1), " "];
    line = [...line, ...field].slice(0, ends[index]);
    while (line.length < ends[index]!) line.push(" ");
  }
  return line.join("");
}

/** After these, a field goes on in the next line. */
const BREAKS = ["),", "},", "],", "',"] as const;

/** As many lines as the longest field needs. Lengths are counted in code points, as Python counts them. */
function wrappedRow(fields: readonly string[], sheet: Sheet, level: number): readonly string[] {
  const { ends, style } = sheet;
  const narrow = style === "keras2.13";
  const left = fields.map((field) => [...field]);
  const lines: string[] = [];
  while (left.some((field) => field.length > 0)) {
    let line = "";
    let length = 0;
    const put = (text: string): void => {
      line += text;
      length += [...text].length;
    };
    for (const [column, end] of ends.entries()) {
      const last = column === ends.length - 1;
      const space = last ? 0 : 2;
      let cutoff = end - (ends[column - 1] ?? 0) - space;
      if (narrow && !last) cutoff -= 1;
      if (narrow && column === 0) cutoff -= level;
      cutoff = breakAt(left[column]!, cutoff);
      if (column === 0) put(`${"|".repeat(level)} `);
      put(left[column]!.slice(0, cutoff).join(""));
      put(" ".repeat(space));
      left[column] = left[column]!.slice(cutoff);
      const indent = narrow && !last ? 0 : level;
      put(" ".repeat(Math.max(0, end - length - indent)));
    }
    lines.push(line + "|".repeat(level));
  }
  return lines;
}

/** How many characters of `field` go into a column of `cutoff`. */
function breakAt(field: readonly string[], cutoff: number): number {
  const fitting = Math.max(1, cutoff);
  const text = field.slice(0, fitting);
  const ends = BREAKS.map(([first, second]) =>
    text.findIndex((character, index) => character === first && text[index + 1] === second),
  ).filter((index) => index >= 0);
  return ends.length === 0 ? fitting : Math.min(...ends) + 2;
}

function nameOf(layer: ArchitectureLayer): string {
  return `${shownName(layer.name)} (${shownClass(layer)})`;
}

function paramsText(layer: ArchitectureLayer, { style, connected }: Sheet): string {
  const unused = !layer.built && !connected && style !== "keras2.0" && style !== "keras2.2";
  return unused ? "0 (unused)" : String(layer.parameters);
}

/** The shapes as Python prints tuples, or lists of them. */
function shapeText(layer: ArchitectureLayer, style: Keras2Style): string {
  const { outputShapes, outputsDiffer, className } = layer;
  if (outputShapes === null || outputsDiffer) return "multiple";
  const tuples = outputShapes.map(pythonTuple);
  const listed = className === "InputLayer" && style !== "keras2.0" && style !== "keras2.2";
  if (tuples.length === 1 && !listed) return tuples[0]!;
  return RETURN_TUPLES.has(className) ? `(${tuples.join(", ")})` : `[${tuples.join(", ")}]`;
}

function pythonTuple(shape: readonly (number | null)[]): string {
  const items = shape.map((extent) => (extent === null ? "None" : String(extent)));
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

/** A list of strings as Python prints it. */
function pythonList(items: readonly string[]): string {
  const quoted = items.map((item) => (item.includes("'") && !item.includes('"') ? `"${item}"` : `'${item}'`));
  return `[${quoted.join(", ")}]`;
}

function footer(architecture: Architecture, style: Keras2Style): readonly string[] {
  const { parameters, trainable, nonTrainable } = totalsOf(architecture);
  const { parameterBytes } = architecture;
  const count = (number: number, bytes: number): string =>
    style === "keras2.13" ? `${number} (${memorySize(bytes, "Byte")})` : withCommas(number);
  return [
    `Total params: ${count(parameters, parameterBytes.total)}`,
    `Trainable params: ${count(trainable, parameterBytes.trainable)}`,
    `Non-trainable params: ${count(nonTrainable, parameterBytes.nonTrainable)}`,
  ];
}
