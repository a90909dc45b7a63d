/** Arrays whose values can be moved. */
export type Movable =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>;

/** One axis of a permuted view: its extent and the distance, in values, between neighbours in the stored order. */
export interface StridedAxis {
  readonly extent: number;
  readonly stride: number;
}

/** Strides, in values, of a packed row-major array. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Drops axes of extent 1 and joins neighbours that lie one after the other in the stored order too. */
export function joinAxes(axes: readonly StridedAxis[]): StridedAxis[] {
  const joined: StridedAxis[] = [];
  for (const axis of axes) {
    if (axis.extent === 1) continue;
    const before = joined.at(-1);
    if (before !== undefined && before.stride === axis.stride * axis.extent) {
      joined[joined.length - 1] = { extent: before.extent * axis.extent, stride: axis.stride };
    } else joined.push(axis);
  }
  return joined;
}

/** Whether `axes` name the stored values in the order in which they lie. */
export function liesInOrder(axes: readonly StridedAxis[]): boolean {
  const joined = joinAxes(axes);
  return joined.length === 0 || (joined.length === 1 && joined[0]!.stride === 1);
}

/**
 * A fresh row-major array over `axes` of `stored`: `result[a, b, …] = stored[a*axes[0].stride + b*axes[1].stride + …]`.
 *
 * Movable that neighbour each other in `stored` share cache lines, so they are taken sixteen at a time and
 * written to sixteen places; else a kernel stored `DHWIO` misses the cache on every value.
 */
export function permute<T extends Movable>(stored: T, axes: readonly StridedAxis[]): T {
  const joined = joinAxes(axes);
  const count = axes.reduce((product, axis) => product * axis.extent, 1);
  const result = new (stored.constructor as new (count: number) => T)(count);
  if (count === 0) return result;
  if (liesInOrder(axes)) {
    result.set(stored.subarray(0, count));
    return result;
  }
  const strides = rowMajorStrides(joined.map((axis) => axis.extent));
  const near = joined.reduce((best, axis, i) => (axis.stride < joined[best]!.stride ? i : best), 0);
  const rest = joined
    .map((axis, i) => ({ extent: axis.extent, from: axis.stride, to: strides[i]! }))
    .filter((_, i) => i !== near);
  copyBlocks(
    stored,
    result,
    { extent: joined[near]!.extent, from: joined[near]!.stride, to: strides[near]! },
    rest,
  );
  return result;
}

interface Move {
  readonly extent: number;
  readonly from: number;
  readonly to: number;
}

/** Movable that are moved together: a cache line of float32. */
const BLOCK = 16;

function copyBlocks(stored: Movable, result: Movable, near: Move, rest: readonly Move[]): void {
  const last = rest.at(-1) ?? { extent: 1, from: 0, to: 0 };
  const outer = rest.slice(0, -1);
  const rows = outer.reduce((product, move) => product * move.extent, 1);
  const index = new Array<number>(outer.length).fill(0);
  for (let start = 0; start < near.extent; start += BLOCK) {
    const width = Math.min(BLOCK, near.extent - start);
    let from = start * near.from;
    let to = start * near.to;
    for (let row = 0; row < rows; row++) {
      copyRow(stored, result, near, width, last, from, to);
      for (let axis = outer.length - 1; axis >= 0; axis--) {
        const move = outer[axis]!;
        from += move.from;
        to += move.to;
        index[axis] = index[axis]! + 1;
        if (index[axis]! < move.extent) break;
        from -= move.from * move.extent;
        to -= move.to * move.extent;
        index[axis] = 0;
      }
    }
  }
}

function copyRow(
  stored: Movable,
  result: Movable,
  near: Move,
  width: number,
  last: Move,
  from: number,
  to: number,
): void {
  for (let i = 0, a = from, b = to; i < last.extent; i++, a += last.from, b += last.to) {
    for (let j = 0, c = a, d = b; j < width; j++, c += near.from, d += near.to) result[d] = stored[c]!;
  }
}
