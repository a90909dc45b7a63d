import { ReadError } from "../../errors.ts";
import { rowMajorStrides } from "../../tensor/axes.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import type { SliceExtent } from "./bundle-entry.ts";

/** A tensor that a checkpoint keeps in slices. */
export interface PartitionedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly slices: readonly (readonly SliceExtent[])[];
}

/**
 * A partitioned tensor out of its slices, which must cover it exactly once. `size` is the bytes of one value;
 * `readSlice` gives the packed values of one slice of the given extents.
 */
export async function joinSlices(
  { name, shape, slices }: PartitionedTensor,
  size: number,
  context: ReadContext,
  readSlice: (
    slice: readonly SliceExtent[],
    extents: readonly number[],
    context: ReadContext,
  ) => Promise<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  // Every pair is compared.
  context.budget.count((slices.length * slices.length) / 2, `pairs of slices of ${JSON.stringify(name)}`);
  const boxes = slices.map((extents) => boxOf(extents, shape, name));
  const held = boxes.reduce((sum, { extents }) => sum + countOf(extents), 0);
  if (
    held !== countOf(shape) ||
    boxes.some((box, i) => boxes.slice(0, i).some((other) => meet(box, other)))
  ) {
    throw new ReadError(
      "malformed",
      `The ${slices.length} slices of ${JSON.stringify(name)} should cover its shape [${shape.join(", ")}] once, but do not.`,
    );
  }
  const release = context.budget.take(countOf(shape) * size, `the slices of ${JSON.stringify(name)}`);
  try {
    // The slices exist before the whole is made: a shape alone costs nothing.
    const parts: Uint8Array[] = [];
    for (const [i, box] of boxes.entries()) {
      parts.push(
        await readSlice(slices[i]!, box.extents, { budget: context.budget, signal: context.signal }),
      );
      context.onProgress?.(i + 1, boxes.length);
    }
    const whole = new Uint8Array(countOf(shape) * size);
    for (const [i, box] of boxes.entries()) copyBox(parts[i]!, box, { whole, shape, size });
    return whole;
  } finally {
    release();
  }
}

/** A slice with its axes spelt out. */
interface Box {
  readonly start: readonly number[];
  readonly extents: readonly number[];
}

function boxOf(slice: readonly SliceExtent[], shape: readonly number[], name: string): Box {
  const start = slice.map((axis) => axis.start);
  const extents = slice.map(({ length }, axis) => (length < 0 ? (shape[axis] ?? 0) : length));
  const fits =
    slice.length === shape.length &&
    start.every((from, axis) => from >= 0 && from + extents[axis]! <= shape[axis]!);
  if (fits) return { start, extents };
  throw new ReadError(
    "malformed",
    `A slice of ${JSON.stringify(name)} leads outside of its shape [${shape.join(", ")}].`,
  );
}

function meet(a: Box, b: Box): boolean {
  return a.start.every(
    (from, axis) => from < b.start[axis]! + b.extents[axis]! && b.start[axis]! < from + a.extents[axis]!,
  );
}

/** Copies a slice's rows (runs along the last axis) to where they belong. */
function copyBox(
  bytes: Uint8Array,
  { start, extents }: Box,
  {
    whole,
    shape,
    size,
  }: { readonly whole: Uint8Array; readonly shape: readonly number[]; readonly size: number },
): void {
  const strides = rowMajorStrides(shape);
  const row = (extents.at(-1) ?? 1) * size;
  if (row === 0) return;
  const position = new Array<number>(Math.max(0, extents.length - 1)).fill(0);
  for (let from = 0; from < bytes.length; from += row) {
    let to = start.at(-1) ?? 0;
    for (const [axis, at] of position.entries()) to += (start[axis]! + at) * strides[axis]!;
    whole.set(bytes.subarray(from, from + row), to * size);
    for (let axis = position.length - 1; axis >= 0; axis--) {
      position[axis] = position[axis]! + 1;
      if (position[axis]! < extents[axis]!) break;
      position[axis] = 0;
    }
  }
}
