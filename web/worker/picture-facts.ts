import { colormap, type Kernel, legendNotes, type Montage, scaleWords } from "kernelscope";
import type { PictureFacts, Place, Rect, SliceFacts, WeightFacts } from "../protocol.ts";

/** What the page needs to know of a montage before any pixel exists. */
export function pictureFacts(montage: Montage): PictureFacts {
  const { kernel, grid, options, counts } = montage;
  const { layout } = grid;
  const slices = layout.slices;
  return {
    width: montage.width,
    height: montage.height,
    cell: grid.cell,
    extents: {
      out: grid.outs,
      in: grid.ins,
      slice: slices,
      row: layout.rows,
      column: layout.columns,
      blocksAcross: grid.blocksAcross,
    },
    range: montage.range,
    extremes: extremes(kernel.weights),
    counts,
    scale: scaleWords(montage),
    notes: legendNotes(montage),
    columns: {
      count: grid.blocksAcross,
      start: grid.originX,
      pitch: grid.blockPitchX,
      size: grid.blockPitchX - grid.blockGap,
      band: grid.blocksAcross,
      bandGap: 0,
    },
    rows: {
      count: grid.blocksDown,
      start: grid.originY,
      pitch: grid.rowPitch,
      size: grid.tileHeight,
      band: grid.rowsPerBand,
      bandGap: grid.bandGap,
    },
    colormap: colormap(options.colormap, options.theme),
  };
}

/** The weight at a place; null when the montage has no such place. */
export function weightFacts(montage: Montage, place: Place): WeightFacts | null {
  const { kernel, grid } = montage;
  const { layout } = grid;
  const inside =
    within(place.out, grid.outs) &&
    within(place.in, grid.ins) &&
    within(place.slice, layout.slices) &&
    within(place.row, layout.rows) &&
    within(place.column, layout.columns);
  if (!inside) return null;
  const { x, y, width, height } = montage.weightToRect(
    place.out,
    place.in,
    place.slice,
    place.row,
    place.column,
  );
  const rect: Rect = { x, y, width, height };
  const index =
    place.out * layout.outStride +
    place.in * layout.inStride +
    place.slice * layout.sliceStride +
    place.row * layout.rowStride +
    place.column * layout.columnStride;
  return {
    place,
    rect,
    value: kernel.weights[index] ?? Number.NaN,
    inputChannel: inputChannel(kernel, place),
    frozen: isFrozen(montage, place),
  };
}

/** The numbers of the slice that `place` lies in. */
export function sliceFacts(montage: Montage, place: Place): SliceFacts {
  const { kernel, grid } = montage;
  const { layout } = grid;
  const base = place.out * layout.outStride + place.in * layout.inStride + place.slice * layout.sliceStride;
  const values: number[] = [];
  for (let row = 0; row < layout.rows; row += 1) {
    for (let column = 0; column < layout.columns; column += 1) {
      values.push(kernel.weights[base + row * layout.rowStride + column * layout.columnStride] ?? Number.NaN);
    }
  }
  return { rows: layout.rows, columns: layout.columns, values };
}

function within(index: number, extent: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < extent;
}

/** A filter of a grouped convolution sees its own group's inputs only. */
function inputChannel(kernel: Kernel, place: Place): number {
  const groups = kernel.groups ?? 1;
  const filtersPerGroup = kernel.shape[0] / groups;
  return Math.floor(place.out / filtersPerGroup) * kernel.shape[1] + place.in;
}

function isFrozen({ kernel, grid }: Montage, place: Place): boolean | null {
  const { frozen } = kernel;
  if (frozen === null) return null;
  const { axis, rowAxis, columnAxis } = grid.layout;
  return (
    (frozen[axis][place.slice] || frozen[rowAxis][place.row] || frozen[columnAxis][place.column]) ?? null
  );
}

function extremes(weights: Kernel["weights"]): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const weight of weights) {
    if (weight < min && weight !== Number.NEGATIVE_INFINITY) min = weight;
    if (weight > max && weight !== Number.POSITIVE_INFINITY) max = weight;
  }
  return min <= max ? { min, max } : { min: Number.NaN, max: Number.NaN };
}
