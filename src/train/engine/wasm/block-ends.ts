import { eachSum, LANE_BYTES, VECTOR } from "./blocks.ts";
import {
  add,
  andV,
  greaterF,
  type I32,
  type Local,
  load,
  loadSplat,
  mul,
  pseudoMax,
  type Statement,
  set,
  store,
  type V128,
  zero,
} from "./encoder.ts";

/** Where the sums of a block begin and what becomes of them. */
export interface BlockEnds {
  /** Address of the first sum's place in the result `[position][row][sample]`. */
  readonly target: I32;
  /** The block's first row: a filter, or a channel. */
  readonly first: I32;
  /** Address of the group's biases; null: none. */
  readonly bias: I32 | null;
  readonly accumulate: boolean;
  readonly relu: boolean;
  /** Bytes from a result to the value that must be above 0 for it to stay; null: no mask. */
  readonly mask: number | null;
}

/** Sets the sums of `rows` times `vectors` to what they begin with. */
export function beginSums(
  sums: readonly Local<"v128">[],
  rows: number,
  vectors: number,
  { target, first, bias, accumulate }: BlockEnds,
): Statement[] {
  const start = (row: number, v: number): V128 => {
    if (accumulate) return load(target, row * LANE_BYTES + v * VECTOR);
    if (bias === null) return zero;
    return v > 0 ? sums[row * vectors]! : loadSplat(add(bias, mul(first, 4)), row * 4);
  };
  return eachSum(rows, vectors, (row, v) => set(sums[row * vectors + v]!, start(row, v)));
}

/** Stores the sums. */
export function endSums(
  sums: readonly Local<"v128">[],
  rows: number,
  vectors: number,
  { target, relu, mask }: BlockEnds,
): Statement[] {
  return eachSum(rows, vectors, (row, v) => {
    const offset = row * LANE_BYTES + v * VECTOR;
    let value: V128 = sums[row * vectors + v]!;
    if (relu) value = pseudoMax(value, zero);
    if (mask !== null) value = andV(value, greaterF(load(add(target, mask), offset), zero));
    return store(target, value, offset);
  });
}
