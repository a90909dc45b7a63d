import { ReadError } from "../../errors.ts";
import type { Padding } from "./graph.ts";

/**
 * One spatial axis of a convolution or pooling: output `o` meets input `o * stride - before + t * dilation` with its
 * tap `t`, wherever that lies in `[0, input)`.
 */
export interface Axis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros in front. */
  readonly before: number;
  readonly output: number;
}

/** An axis that does nothing: what lower-rank convolutions have in front. */
export const UNIT_AXIS: Axis = { input: 1, kernel: 1, stride: 1, dilation: 1, before: 0, output: 1 };

/** Extents of one axis before its padding is worked out. */
export interface AxisSize {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

/** TensorFlow's padding: `same` pads `max(0, (o - 1) s + reach - n)` in all, the smaller half in front. */
export function axisOf({ input, kernel, stride, dilation }: AxisSize, padding: Padding, layer: string): Axis {
  const reach = (kernel - 1) * dilation + 1;
  let before = 0;
  let output: number;
  if (padding === "same") {
    output = Math.ceil(input / stride);
    before = Math.max(0, (output - 1) * stride + reach - input) >> 1;
  } else if (padding === "causal") {
    output = Math.ceil(input / stride);
    before = reach - 1;
  } else {
    output = Math.floor((input - reach) / stride) + 1;
    if (output < 1) {
      throw new ReadError(
        "bad-option",
        `Layer ${layer}: its window reaches over ${reach} positions, its input has ${input} along that axis; use padding "same" or a smaller kernel.`,
      );
    }
  }
  return { input, kernel, stride, dilation, before, output };
}

/**
 * The axis of the convolution whose input gradient a transposed convolution is: `input` is the transposed layer's
 * output extent, `output` its input extent (Keras's `compute_conv_transpose_output_shape`).
 */
export function transposedAxisOf(
  { input, kernel, stride, dilation }: AxisSize,
  padding: "same" | "valid",
  outputPadding: number | undefined,
  layer: string,
): Axis {
  const reach = (kernel - 1) * dilation + 1;
  let extent: number;
  if (outputPadding === undefined) {
    extent = padding === "valid" ? input * stride + Math.max(reach - stride, 0) : input * stride;
  } else {
    const pad = padding === "same" ? reach >> 1 : 0;
    extent = (input - 1) * stride + reach - 2 * pad + outputPadding;
  }
  const axis = axisOf({ input: extent, kernel, stride, dilation }, padding, layer);
  if (axis.output !== input) {
    throw new ReadError(
      "bad-option",
      `Layer ${layer}: an output of ${extent} cannot come from an input of ${input} with kernel ${kernel}, stride ${stride} and output padding ${outputPadding}; change the output padding.`,
    );
  }
  return axis;
}

/** First and last-plus-one tap that ever meet data; what lies outside multiplies padding only, for every output. */
export function reachedTaps(axis: Axis): readonly [from: number, to: number] {
  const { kernel, stride, dilation, before, output, input } = axis;
  const reached = (tap: number): boolean => {
    // The smallest output that brings the tap to 0 or beyond decides: later ones only move further right.
    const first = Math.max(0, Math.ceil((before - tap * dilation) / stride));
    return first < output && first * stride - before + tap * dilation < input;
  };
  let from = 0;
  let to = kernel;
  while (from < to && !reached(from)) from++;
  while (to > from && !reached(to - 1)) to--;
  return from < to ? [from, to] : [0, 0];
}

/** The axis without the taps that never meet data. */
export function trimAxis(axis: Axis): Axis {
  const [from, to] = reachedTaps(axis);
  if (from >= to) return axis;
  return { ...axis, kernel: to - from, before: axis.before - from * axis.dilation };
}

/**
 * A convolution in the form that kernels are emitted for: three axes, weights `[kd][kh][kw][channels][filters]` in
 * Keras's order, data `[position][stored channels]`.
 */
export interface CanonicalConv {
  readonly axes: readonly [Axis, Axis, Axis];
  /** Channels that one group reads at one position. */
  readonly channels: number;
  /** Channels that lie at one position in memory, all groups together. */
  readonly stored: number;
  /** All groups together. */
  readonly filters: number;
  readonly groups: number;
}

/** What `canonicalConv` may do. */
export interface CanonicalOptions {
  /** Taps that meet only padding may be left out: nothing but their (zero) gradient would ever change them. */
  readonly trim: boolean;
  /** Axes may become part of the channels. */
  readonly fold: boolean;
  /** Nobody asks for the gradient of the input. */
  readonly first: boolean;
}

/**
 * Rewrites a convolution so that kernels have less to do, without moving a weight:
 *
 * 1. taps that meet only padding are left out, along every axis;
 * 2. a last axis with one output that covers its input exactly becomes part of the channels;
 * 3. when no input gradient is needed, a last axis of windows that do not overlap becomes part of the channels, of
 *    which only the first `kernel * channels` at each position are read.
 *
 * @param axes one to three axes; others are put in front
 * @param channels of the input, all groups together
 */
export function canonicalConv(
  axes: readonly Axis[],
  channels: number,
  filters: number,
  groups: number,
  { trim, fold, first }: CanonicalOptions,
): CanonicalConv {
  let list = [
    ...Array<Axis>(3 - axes.length).fill(UNIT_AXIS),
    ...axes.map((axis) => (trim ? trimAxis(axis) : axis)),
  ];
  let read = channels / groups;
  let stored = channels;
  if (fold && groups === 1) {
    for (let last = list[2]!; foldsWhole(last); last = list[2]!) {
      read *= last.input;
      stored = read;
      list = [UNIT_AXIS, list[0]!, list[1]!];
    }
    const last = list[2]!;
    const apart = last.stride >= last.kernel && last.dilation === 1 && last.before === 0;
    if (first && last.kernel > 1 && apart && last.input === last.output * last.stride) {
      read = last.kernel * stored;
      stored *= last.stride;
      list[2] = { input: last.output, kernel: 1, stride: 1, dilation: 1, before: 0, output: last.output };
    }
  }
  return { axes: [list[0]!, list[1]!, list[2]!], channels: read, stored, filters, groups };
}

/** One output whose taps are exactly the input's positions. */
function foldsWhole({ input, kernel, dilation, before, output }: Axis): boolean {
  return input > 1 && output === 1 && kernel === input && before === 0 && dilation === 1;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
