import type { OptimizerSpec } from "../../optimizers.ts";
import { reachedRange } from "../parameters.ts";
import type { ParameterPlan } from "../plan.ts";
import type { ResolvedGraph, ResolvedNode, ResolvedParameter } from "../resolve.ts";
import { sizeOf } from "../shape.ts";

/** Up to a whole number of vectors. */
export const padded = (floats: number): number => Math.ceil(floats / 4) * 4;

/** Whether a node is a dense layer on flat samples, which the matrix kernel computes. */
export function isMatrix(graph: ResolvedGraph, node: ResolvedNode): boolean {
  return node.op.kind === "dense" && graph.nodes[node.inputs[0]!]!.shape.length === 1;
}

/**
 * Whether taps that meet only padding may stay outside of the engine: true when nothing but their gradient, which is
 * zero, would ever change them.
 */
export function trimsKernel(node: ResolvedNode, optimizer: OptimizerSpec | null): boolean {
  const { rule = {} } = node.parameters.find(({ parameter }) => parameter === "kernel") ?? {};
  return !rule.l1 && !rule.l2 && rule.maxNorm === undefined && !optimizer?.weightDecay;
}

/** A dense kernel's rows are padded to whole vectors; a convolution's kernel loses the taps that meet only padding. */
export function layoutOf(
  graph: ResolvedGraph,
  node: ResolvedNode,
  parameter: ResolvedParameter,
  trims: boolean,
): Pick<ParameterPlan, "window" | "rowStride" | "length"> {
  const { shape } = parameter;
  const whole = shape.map((extent) => [0, extent] as const);
  const reached = reachedRange(node, parameter).map(([from, to], axis) =>
    to > from ? ([from, to] as const) : whole[axis]!,
  );
  const window = trims ? reached : whole;
  const extents = window.map(([from, to]) => to - from);
  const last = extents.at(-1)!;
  const rowStride = parameter.parameter === "kernel" && isMatrix(graph, node) ? padded(last) : last;
  return { window, rowStride, length: (sizeOf(extents) / last) * rowStride };
}
