import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { rowMajorStrides } from "../../tensor/axes.ts";

/** One level of a sparse tensor, outermost first. */
export interface SparseLevel {
  /** Extent of a dense level; 0 for a compressed one. */
  readonly dense: number;
  /** Of a compressed level: `indices[segments[i]…segments[i + 1]]` are the places that parent `i` has. */
  readonly segments: readonly number[] | null;
  readonly indices: readonly number[] | null;
}

/** How the values of a sparse tensor are spread over its shape (`SparsityParameters` of the schema). */
export interface Sparsity {
  /** Axes in the order of the levels; those from `rank` on are blocks: `rank + b` is inside axis `blockMap[b]`. */
  readonly traversalOrder: readonly number[];
  readonly blockMap: readonly number[];
  readonly levels: readonly SparseLevel[];
}

/** A level as the walk sees it: what one step of its index moves in the dense array, in elements. */
interface Step extends SparseLevel {
  readonly stride: number;
  readonly extent: number;
}

/** The levels with their strides. @throws ReadError `malformed` when the parameters contradict the shape. */
function stepsOf({ traversalOrder, blockMap, levels }: Sparsity, shape: readonly number[]): Step[] {
  const rank = shape.length;
  const fits =
    levels.length === traversalOrder.length &&
    levels.length === rank + blockMap.length &&
    new Set(traversalOrder).size === levels.length &&
    traversalOrder.every((axis) => axis >= 0 && axis < levels.length) &&
    new Set(blockMap).size === blockMap.length &&
    blockMap.every((axis) => axis >= 0 && axis < rank);
  if (!fits) throw new ReadError("malformed", "Its sparsity parameters do not fit its shape.");
  const blocks = shape.map((_, axis) => {
    const block = blockMap.indexOf(axis);
    return block < 0 ? 1 : levels[traversalOrder.indexOf(rank + block)]!.dense;
  });
  if (blocks.some((size, axis) => size < 1 || shape[axis]! % size !== 0)) {
    throw new ReadError("malformed", `Its blocks of ${blocks.join(" x ")} do not divide its shape.`);
  }
  const strides = rowMajorStrides(shape);
  return levels.map((level, at) => {
    const axis = traversalOrder[at]!;
    const own = axis < rank ? axis : blockMap[axis - rank]!;
    const outer = axis < rank;
    const extent = outer ? shape[own]! / blocks[own]! : blocks[own]!;
    if (level.indices === null && level.dense !== extent) {
      throw new ReadError(
        "malformed",
        `A dense level of its sparsity has ${level.dense} places instead of ${extent}.`,
      );
    }
    return { ...level, extent, stride: strides[own]! * (outer ? blocks[own]! : 1) };
  });
}

/**
 * The dense, row-major bytes of a sparse tensor whose stored values (of `size` bytes each) are `values`, as
 * TensorFlow Lite's DENSIFY makes them: what is not stored is zero.
 *
 * @throws ReadError `malformed` when the parameters contradict each other, the shape or the number of values.
 */
export function densify(
  values: Uint8Array,
  size: number,
  shape: readonly number[],
  sparsity: Sparsity,
  budget: Budget,
): Uint8Array<ArrayBuffer> {
  const steps = stepsOf(sparsity, shape);
  const total = shape.reduce((product, extent) => product * extent, size);
  const release = budget.take(total, "a sparse tensor");
  try {
    const dense = new Uint8Array(total);
    // Places of all levels so far: where in the dense array, one for each parent, in the stored order.
    let places: number[] = [0];
    for (const step of steps) {
      places = step.indices === null ? spread(places, step, budget) : pick(places, step, budget);
    }
    if (places.length * size !== values.length) {
      throw new ReadError(
        "malformed",
        `It holds ${values.length} bytes, but its sparsity places ${places.length} values of ${size}.`,
      );
    }
    for (const [i, place] of places.entries()) {
      for (let byte = 0; byte < size; byte++) dense[place * size + byte] = values[i * size + byte]!;
    }
    return dense;
  } finally {
    release();
  }
}

function spread(parents: readonly number[], { extent, stride }: Step, budget: Budget): number[] {
  budget.count(parents.length * extent, "places of a sparse tensor");
  return parents.flatMap((parent) => Array.from({ length: extent }, (_, i) => parent + i * stride));
}

function pick(parents: readonly number[], step: Step, budget: Budget): number[] {
  const { segments, indices, stride, extent } = step;
  const places: number[] = [];
  for (const [i, parent] of parents.entries()) {
    const [from, to] = [segments?.[i], segments?.[i + 1]];
    if (from === undefined || to === undefined || from < 0 || from > to || to > indices!.length) {
      throw new ReadError("malformed", "The segments of its sparsity pass its indices.");
    }
    let before = -1;
    for (let at = from; at < to; at++) {
      const index = indices![at]!;
      if (!(index > before && index < extent)) {
        throw new ReadError(
          "malformed",
          `Its sparsity names place ${index} of ${extent}, after place ${before}.`,
        );
      }
      before = index;
      places.push(parent + index * stride);
    }
    if (i % 4096 === 0) budget.check();
  }
  budget.count(places.length, "places of a sparse tensor");
  return places;
}
