import { countOf } from "../tensor/dtype.ts";
import { escapeText, shorten } from "../text/escape.ts";
import { cellWidth } from "./cell-width.ts";
import type { Model } from "./model.ts";
import { withCommas } from "./summary-values.ts";

/** Entries of a file's metadata that are printed, and how much of each; `list --json` has them whole. */
const METADATA_SHOWN = 20;
const TEXT_SHOWN = 80;

/** For files that hold weights but no architecture: every tensor with dtype, shape and number of parameters. */
export function renderTensors(model: Model): string {
  const rows = model.tensors.map((tensor) => [
    escapeText(tensor.name),
    escapeText(tensor.dtype),
    `[${tensor.shape.join(", ")}]`,
    withCommas(countOf(tensor.shape)),
  ]);
  const header = ["Tensor", "Type", "Shape", "Parameters"];
  const widths = header.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, cells(row[column]!)), cells(title)),
  );
  const line = (row: readonly string[]): string => {
    const [name, dtype, shape, count] = row.map((field, column) => {
      const padding = " ".repeat(widths[column]! - cells(field));
      return column === 3 ? padding + field : field + padding;
    });
    return `${name}  ${dtype}  ${shape}  ${count}`;
  };
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width, 6));
  const { total, trainable, nonTrainable } = model.parameters;
  const totals: string[] = [
    `Tensors: ${withCommas(rows.length)}`,
    `Total parameters: ${withCommas(total)}`,
    ...(trainable === null ? [] : [`Trainable parameters: ${withCommas(trainable)}`]),
    ...(nonTrainable === null ? [] : [`Non-trainable parameters: ${withCommas(nonTrainable)}`]),
  ];
  const entries = [...(model.metadata ?? [])];
  const metadata = entries.slice(0, METADATA_SHOWN).map(([key, value]) => {
    return `${escapeText(shorten(key, TEXT_SHOWN))}: ${escapeText(shorten(value, TEXT_SHOWN))}`;
  });
  if (entries.length > METADATA_SHOWN) metadata.push(`(${entries.length - METADATA_SHOWN} more)`);
  if (metadata.length > 0) totals.push("", "Metadata:", ...metadata.map((text) => `  ${text}`));
  return `${[line(header), rule, ...rows.map(line), rule, ...totals].join("\n")}\n`;
}

function cells(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + cellWidth(character), 0);
}
