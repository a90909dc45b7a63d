import { ReadError } from "../errors.ts";
import { type BoxColumn, boxTable } from "./box-table.ts";
import type { Architecture, ArchitectureLayer } from "./model.ts";
import { printStyled, type StyledText, styled, wrapWords } from "./styled-text.ts";
import type { SummaryOptions } from "./summary.ts";
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

const BOLD = "1";
const CLASS_COLOR = "38;5;33";
const NUMBER_COLOR = "38;5;34";
const NONE_COLOR = "38;5;45";
const YES_COLOR = "1;38;5;34";
const NO_COLOR = "1;91";

/** What decides the columns of one table. */
interface Sheet {
  readonly connected: boolean;
  readonly showTrainable: boolean;
  readonly expandNested: boolean;
}

/** `print_summary` of Keras 3 (`summary_utils.py`), whose text has been the same since 3.0. */
export function renderKeras3(architecture: Architecture, options: SummaryOptions): string {
  const { columns = 80, lineLength, showTrainable = false, expandNested = false, color = false } = options;
  if (!Number.isSafeInteger(columns) || columns < 1) {
    throw new ReadError("bad-option", `A terminal has a whole number of columns, not ${columns}.`);
  }
  const connected = architecture.branching;
  const sheet = { connected, showTrainable, expandNested };
  const most = (connected ? 108 : 88) + (showTrainable ? 12 : 0);
  const length = lineLength ?? Math.min(most, columns - 4);
  const table = boxTable(headerOf(sheet, length), rowsOf(architecture.layers, sheet, 0), length);
  const title = styled(`Model: "${shownName(architecture.name)}"`, BOLD);
  const lines = [...wrapWords(title, Math.max(columns, length)), ...table, ...footer(architecture)];
  return lines.map((line) => `${printStyled(line, color)}\n`).join("");
}

function headerOf({ connected, showTrainable }: Sheet, length: number): readonly BoxColumn[] {
  const base = connected ? [0.3, 0.56, 0.74, 1] : [0.45, 0.8, 1];
  const positions = showTrainable ? [...base.map((position) => position * 0.9), 1] : base;
  const ends = columnEnds(positions, length);
  assertLineLength(length, ends, 4);
  const titles: [string, BoxColumn["justify"]][] = [
    ["Layer (type)", "left"],
    ["Output Shape", "left"],
    ["Param #", "right"],
  ];
  if (connected) titles.push(["Connected to", "left"]);
  if (showTrainable) titles.push(["Trainable", "center"]);
  return titles.map(([title, justify], index) => ({
    title: styled(title, BOLD),
    justify,
    width: ends[index]! - (ends[index - 1] ?? 0),
  }));
}

function rowsOf(
  layers: readonly ArchitectureLayer[],
  sheet: Sheet,
  level: number,
): readonly (readonly StyledText[])[] {
  return layers.flatMap((layer) => {
    const prefix = level === 0 ? "" : `${"   ".repeat(level)}└ `;
    const name = styled(`${prefix}${shownName(layer.name)} (`);
    const fields = [
      [...name, ...styled(shownClass(layer), CLASS_COLOR), ...styled(")")],
      shapesText(layer),
      paramsText(layer),
    ];
    // Calls inside a nested model are not among those of the model that is printed.
    if (sheet.connected) fields.push(connectionsText(level === 0 ? layer : { ...layer, inbound: [] }));
    if (sheet.showTrainable) fields.push(trainableText(layer));
    return [fields, ...(sheet.expandNested ? rowsOf(layer.layers ?? [], sheet, level + 1) : [])];
  });
}

function shapesText({ outputShapes }: ArchitectureLayer): StyledText {
  if (outputShapes === null || outputShapes.length === 0) return styled("?");
  const shapes = outputShapes.map(shapeText);
  if (shapes.length === 1) return shapes[0]!;
  return [...styled("["), ...joined(shapes), ...styled("]")];
}

function shapeText(shape: readonly (number | null)[]): StyledText {
  const extents = shape.map((extent) =>
    extent === null ? styled("None", NONE_COLOR) : styled(String(extent), NUMBER_COLOR),
  );
  return [...styled("("), ...joined(extents), ...styled(")")];
}

function joined(parts: readonly StyledText[]): StyledText {
  return parts.flatMap((part, index) => (index === 0 ? part : [...styled(", "), ...part]));
}

function paramsText(layer: ArchitectureLayer): StyledText {
  if (!layer.built) return [...styled("0", NUMBER_COLOR), ...styled(" (unbuilt)")];
  return styled(withCommas(layer.parameters), NUMBER_COLOR);
}

function connectionsText(layer: ArchitectureLayer): StyledText {
  if (layer.inbound.length === 0) return styled("-");
  return joined(
    connectionsOf(layer).map((connection, index) => {
      const [, node, tensor] = layer.inbound[index]!;
      const name = connection.slice(0, connection.length - `[${node}][${tensor}]`.length);
      const indices = [node, tensor].flatMap((number) => [
        ...styled("["),
        ...styled(String(number), NUMBER_COLOR),
        ...styled("]"),
      ]);
      return [...styled(name), ...indices];
    }),
  );
}

function trainableText(layer: ArchitectureLayer): StyledText {
  if (layer.parameters === 0) return styled("-", BOLD);
  return layer.trainable ? styled("Y", YES_COLOR) : styled("N", NO_COLOR);
}

function footer(architecture: Architecture): readonly StyledText[] {
  const { parameters, trainable, nonTrainable } = totalsOf(architecture);
  const { parameterBytes: bytes, optimizerParameters: optimizer } = architecture;
  const line = (label: string, count: number, size: number): StyledText => [
    ...styled(` ${label} params: `, BOLD),
    ...styled(withCommas(count), NUMBER_COLOR),
    ...styled(` (${memorySize(size, "B")})`),
  ];
  return [
    line("Total", parameters + (optimizer ?? 0), bytes.total + (optimizer === null ? 0 : bytes.optimizer)),
    line("Trainable", trainable, bytes.trainable),
    line("Non-trainable", nonTrainable, bytes.nonTrainable),
    ...(optimizer === null ? [] : [line("Optimizer", optimizer, bytes.optimizer)]),
  ];
}
