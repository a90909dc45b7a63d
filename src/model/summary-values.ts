import { ReadError } from "../errors.ts";
import { escapeText, shorten } from "../text/escape.ts";
import type { Architecture, ArchitectureLayer } from "./model.ts";

/** Parameters of a model as the last lines of a summary count them. */
export interface SummaryTotals {
  readonly parameters: number;
  readonly trainable: number;
  readonly nonTrainable: number;
}

/** Sums over the layers of the top level (nested ones are counted in the layer that holds them). */
export function totalsOf(architecture: Architecture): SummaryTotals {
  const parameters = architecture.layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const nonTrainable = architecture.layers.reduce((sum, layer) => sum + layer.nonTrainable, 0);
  return { parameters, trainable: parameters - nonTrainable, nonTrainable };
}

/** `1234567` → `1,234,567`, as Python's `{:,}`. */
export function withCommas(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Bytes in units of 1024 with two decimals, as Keras's `readable_memory_size`; `unit` is its word for bytes. */
export function memorySize(bytes: number, unit: "B" | "Byte"): string {
  const units = [unit, "KB", "MB", "GB", "TB", "PB"];
  let size = bytes;
  for (const name of units.slice(0, -1)) {
    if (size / 1024 < 1) return `${twoDecimals(size)} ${name}`;
    size /= 1024;
  }
  return `${twoDecimals(size)} ${units.at(-1)}`;
}

/** `{:.2f}` of Python, which rounds halves to the even digit; the only halves that a double holds are eighths. */
function twoDecimals(value: number): string {
  if ((value * 8) % 2 !== 1) return value.toFixed(2);
  const below = Math.floor(value * 100);
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2);
}

/** A name from a file, made safe to show. No real one is longer than `LONGEST_NAME`. */
export function shownName(name: string): string {
  return shorten(escapeText(name), LONGEST_NAME);
}

const LONGEST_NAME = 2000;

/** The name to show for a layer's class: Keras writes one class under a name that it does not print. */
export function shownClass(layer: ArchitectureLayer): string {
  return layer.className === "GroupQueryAttention" ? "GroupedQueryAttention" : shownName(layer.className);
}

/** `name[node][tensor]` for everything that feeds a layer. */
export function connectionsOf(layer: ArchitectureLayer): readonly string[] {
  return layer.inbound.map(([name, node, tensor]) => `${shownName(name)}[${node}][${tensor}]`);
}

/** Relative column ends as whole columns of a line of `length`, cut as Python's `int` does. */
export function columnEnds(positions: readonly number[], length: number): number[] {
  return positions.map((position) => Math.trunc(position * length));
}

/** Throws unless `length` is a whole number that gives every column at least `least` characters. */
export function assertLineLength(length: number, ends: readonly number[], least: number): void {
  const fits =
    Number.isSafeInteger(length) && ends.every((end, index) => end - (ends[index - 1] ?? 0) >= least);
  if (!fits || length > MAX_LINE) {
    throw new ReadError(
      "bad-option",
      `A summary of ${ends.length} columns does not fit into lines of ${length} characters; take between 40 and ${MAX_LINE}.`,
    );
  }
}

/** No terminal is wider, and every row is padded to it. */
const MAX_LINE = 10_000;
