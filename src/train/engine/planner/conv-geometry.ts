import { type Axis, type CanonicalConv, sizeOf } from "../shape.ts";

/** Rows of a convolution's input or output: depth times height. */
export const rowsOf = ([depth, height]: readonly [Axis, Axis, Axis], side: "input" | "output"): number =>
  depth[side] * height[side];

/** Taps of its kernel. */
export const tapsOf = ({ axes }: CanonicalConv): number => sizeOf(axes.map((axis) => axis.kernel));
