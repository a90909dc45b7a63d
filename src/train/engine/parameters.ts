import type { EngineParameter } from "./engine.ts";
import type { ResolvedGraph, ResolvedNode, ResolvedParameter } from "./resolve.ts";
import { reachedTaps } from "./shape.ts";

/** The parameters of a graph as users see them. */
export function parametersOf(graph: ResolvedGraph): EngineParameter[] {
  return graph.nodes.flatMap((node) =>
    node.parameters.map((parameter) => ({
      name: parameter.name,
      node: node.name,
      parameter: parameter.parameter,
      shape: parameter.shape,
      trainable: parameter.trainable,
      reached: reachedRange(node, parameter),
    })),
  );
}

/** For each axis the positions that ever meet data. */
export function reachedRange(
  node: ResolvedNode,
  { parameter, shape }: ResolvedParameter,
): (readonly [number, number])[] {
  const { kind } = node.op;
  const spatial = parameter === "kernel" && (kind === "conv" || kind === "transposedConv");
  const taps = spatial ? node.axes.map(reachedTaps) : [];
  return shape.map((extent, axis) => taps[axis] ?? [0, extent]);
}
