import type { Axis } from "../shape.ts";
import {
  add,
  addF,
  block,
  div,
  each,
  type I32,
  i32,
  type Local,
  max,
  min,
  mul,
  mulF,
  relaxedMultiplyAdd,
  rem,
  type Statement,
  set,
  sub,
  type V128,
} from "./encoder.ts";
import type { FunctionBuilder } from "./module.ts";

/** Samples of a tile: they lie innermost, so that a vector is four samples of one channel at one position. */
export const TILE = 32;
/** Bytes of one channel at one position. */
export const LANE_BYTES = TILE * 4;
/** Bytes of one vector. */
export const VECTOR = 16;

/**
 * Parameters of every kernel: the units [begin, end) of its work, the samples in use (a multiple of 16), the byte
 * offset of the tile's memory, and one more that depends on the kernel.
 */
export interface KernelParameters {
  readonly begin: Local<"i32">;
  readonly end: Local<"i32">;
  readonly samples: Local<"i32">;
  readonly arena: Local<"i32">;
  readonly extra: Local<"i32">;
}

export const KERNEL_PARAMETERS = 5;

export function kernelParameters(fn: FunctionBuilder): KernelParameters {
  return {
    begin: fn.parameter(0),
    end: fn.parameter(1),
    samples: fn.parameter(2),
    arena: fn.parameter(3),
    extra: fn.parameter(4),
  };
}

/** How kernels multiply and add. */
export interface Arithmetic {
  /** Fused multiply-add where the CPU has it: faster, with bits that depend on the CPU. */
  readonly relaxed: boolean;
}

/** `sum + x * w`. */
export function multiplyAdd({ relaxed }: Arithmetic, x: V128, w: V128, sum: V128): V128 {
  return relaxed ? relaxedMultiplyAdd(x, w, sum) : addF(sum, mulF(x, w));
}

/**
 * Filters that are computed together. Eight accumulators, the vectors they come from and one product just fit the
 * 16 vector registers of x86; twelve are slower on every V8 tried.
 */
export const FILTER_BLOCK = 4;

/** Vectors computed together with a block of filters, so that there are eight accumulators (six for 3 filters). */
export function vectorsFor(filters: number): number {
  return filters >= 3 ? 2 : 4;
}

/** What `body` gives for every sum of a block, filter by filter. */
export function eachSum<T>(
  filters: number,
  vectors: number,
  body: (filter: number, vector: number) => T,
): T[] {
  const all: T[] = [];
  for (let f = 0; f < filters; f++) for (let v = 0; v < vectors; v++) all.push(body(f, v));
  return all;
}

/** A run of `count` channels or filters from `first` on: a constant, or a loop's local. */
export interface Run {
  readonly first: I32;
  readonly count: number;
}

/**
 * `total` things in runs of `size` and a smaller rest. Whole runs are one loop, so that the code stays small however
 * many there are.
 */
export function eachRun(
  fn: FunctionBuilder,
  total: number,
  size: number,
  body: (run: Run) => Statement,
): Statement {
  const rest = total % size;
  const whole = total - rest;
  const first = whole > size ? fn.whole() : null;
  const runs =
    whole === 0
      ? block()
      : first === null
        ? body({ first: i32(0), count: size })
        : each(first, 0, whole, size, body({ first, count: size }));
  return rest === 0 ? runs : block(runs, body({ first: i32(whole), count: rest }));
}

/** All filters in runs of four and a smaller rest. */
export function eachFilterBlock(
  fn: FunctionBuilder,
  filters: number,
  body: (run: Run) => Statement,
): Statement {
  return eachRun(fn, filters, FILTER_BLOCK, body);
}

/** The taps of one axis that meet data at one output position. */
export interface TapRange {
  /** Input position of tap 0, which may lie outside. */
  readonly base: Local<"i32">;
  readonly from: Local<"i32">;
  readonly to: Local<"i32">;
}

export function tapRange(fn: FunctionBuilder): TapRange {
  return { base: fn.whole(), from: fn.whole(), to: fn.whole() };
}

/** Sets the range for output position `output`: taps t with `0 <= base + t * dilation < input`. */
export function setTapRange({ base, from, to }: TapRange, axis: Axis, output: I32): Statement {
  const { stride, dilation, before, kernel, input } = axis;
  return block(
    set(base, sub(mul(output, stride), before)),
    set(from, max(0, div(sub(dilation - 1, base), dilation))),
    set(to, min(kernel, div(add(sub(input - 1, base), dilation), dilation))),
  );
}

/** The same where `stacks` inputs and outputs lie in a row: positions count on from one to the next. */
export function setStackedTapRange(range: TapRange, axis: Axis, output: I32, stacks: number): Statement {
  if (stacks === 1) return setTapRange(range, axis, output);
  return block(
    setTapRange(range, axis, rem(output, axis.output)),
    set(range.base, add(range.base, mul(div(output, axis.output), axis.input))),
  );
}
