import { formatWeight } from "kernelscope";
import type { LayerFacts, PictureFacts, Place, View, WeightFacts } from "./protocol.ts";
import { visible } from "./visible.ts";

/** A whole number with thousands separators, the same for every locale so that pictures of the page agree. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** A count and its noun, `1 slice`, `24 slices`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** A size in bytes for people: `1.1 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte");
  const units = ["kB", "MB", "GB", "TB"];
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 9.95 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** Extents with a multiplication sign between them. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? "scalar" : shape.join("×");
}

/** The layer's own axes only: a 2-D kernel is out × in × height × width. */
export function layerShapeText(layer: LayerFacts): string {
  return shapeText([...layer.shape.slice(0, 2), ...layer.shape.slice(5 - layer.rank)]);
}

/** The names of the axes that `layerShapeText` lists. */
export function layerAxesText(layer: LayerFacts): string {
  return [
    "out",
    layer.groups === null || layer.groups === 1 ? "in" : "in per group",
    ...axesOf(layer.rank),
  ].join(" × ");
}

/** The spatial axes of a kernel of `rank`, outermost first. */
export function axesOf(rank: 1 | 2 | 3): readonly string[] {
  return ["depth", "height", "width"].slice(3 - rank);
}

/** Every digit of a weight: as a double, it reads back to the same bits. */
export function weightText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The axes of a tile: its rows and its columns, in order, after slicing across `sliceAxis`. */
export function tileAxes(view: View): readonly [row: string, column: string] {
  const [row, column] = ["depth", "height", "width"].filter((axis) => axis !== view.sliceAxis);
  return [row ?? "height", column ?? "width"];
}

/** The indices of a weight by the names of their axes; axes that the layer does not have are left out. */
export function indicesOf(
  weight: WeightFacts,
  view: View,
  rank: 1 | 2 | 3,
): readonly (readonly [axis: string, index: number])[] {
  const { place } = weight;
  const [row, column] = tileAxes(view);
  const along = new Map([
    [view.sliceAxis as string, place.slice],
    [row, place.row],
    [column, place.column],
  ]);
  return [
    ["filter", place.out],
    ["input", weight.inputChannel],
    ...axesOf(rank).map((axis) => [axis, along.get(axis) ?? 0] as const),
  ];
}

/** A place in words, naming every index by its axis. */
export function placeText(weight: WeightFacts, view: View, rank: 1 | 2 | 3): string {
  return indicesOf(weight, view, rank)
    .map(([axis, index]) => `${axis} ${index}`)
    .join(", ");
}

/** The canvas in one sentence, for those who do not see it. */
export function pictureSummary(layer: LayerFacts, facts: PictureFacts, view: View): string {
  const { extents, extremes } = facts;
  const range = Number.isNaN(extremes.min)
    ? "no finite weight"
    : `weights from ${formatWeight(extremes.min)} to ${formatWeight(extremes.max)}`;
  const said = [facts.scale, ...facts.notes].map((line) => line.text).join(" ");
  const sizes = `${counted(extents.slice, "slice")} across ${view.sliceAxis} of ${extents.row} by ${extents.column} weights`;
  return `${visible(layer.name)}: ${counted(extents.out, "filter")} by ${counted(extents.in, "input")}, ${sizes}, ${range}. ${said}`;
}

/** The parameters of a layer as the sum that makes them. */
export function arithmetic(layer: LayerFacts): readonly { readonly left: string; readonly right: string }[] {
  const [out, inputs] = layer.shape;
  const spatial = layer.shape.slice(5 - layer.rank);
  const lines = [
    { left: [...spatial, inputs, out].join(" × "), right: `${counted(layer.parameters.kernel, "weight")}` },
  ];
  if (layer.parameters.bias > 0) {
    lines.push({
      left: `${countText(layer.parameters.kernel)} + ${counted(layer.parameters.bias, "bias", "biases")}`,
      right: counted(layer.parameters.total, "parameter"),
    });
  }
  return lines;
}

/** Place of the first weight of a slice, to compare slices by. */
export function sameSlice(one: Place, other: Place): boolean {
  return one.out === other.out && one.in === other.in && one.slice === other.slice;
}
