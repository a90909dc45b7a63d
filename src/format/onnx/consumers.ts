import type { Budget } from "../../budget.ts";
import type { OnnxGraph, OnnxNode } from "./messages.ts";

/** Who uses the values of a graph. */
export interface Consumers {
  /** The one node that uses `name`; null when there are several, or something else sees it. */
  only(name: string): OnnxNode | null;
}

/** Finds who uses each value of a graph: its nodes, the graphs inside them, and its outputs. */
export function consumersOf(
  nodes: readonly OnnxNode[],
  outputs: readonly string[],
  budget: Budget,
): Consumers {
  const users = new Map<string, OnnxNode | null>();
  const use = (name: string, node: OnnxNode | null): void => {
    users.set(name, users.has(name) ? null : node);
  };
  for (const name of outputs) use(name, null);
  for (const node of nodes) {
    budget.count(1, "ONNX nodes");
    for (const name of node.inputs) use(name, node);
    // A subgraph may use any name of the graphs around it.
    const inside: OnnxGraph[] = graphsOf(node);
    for (let graph = inside.pop(); graph !== undefined; graph = inside.pop()) {
      for (const name of graph.outputs) use(name, null);
      for (const inner of graph.nodes) {
        budget.count(1, "ONNX nodes");
        for (const name of inner.inputs) use(name, null);
        inside.push(...graphsOf(inner));
      }
    }
  }
  return { only: (name) => users.get(name) ?? null };
}

/** The graphs in a node's attributes. */
export function graphsOf(node: OnnxNode): OnnxGraph[] {
  return [...node.attributes.values()].flatMap(({ graphs }) => graphs);
}
