import type { Engine, EngineOptions } from "./engine.ts";
import type { Graph } from "./graph.ts";
import { ReferenceEngine } from "./reference/reference.ts";

/** Makes an engine for a graph. Throws `bad-option` where the graph or an option does not fit. */
export async function createEngine(graph: Graph, options: EngineOptions): Promise<Engine> {
  return new ReferenceEngine(graph, options);
}
