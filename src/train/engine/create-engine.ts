import { ReadError } from "../../errors.ts";
import { createWasmEngine } from "./create-wasm-engine.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import type { Graph } from "./graph.ts";
import { ReferenceEngine } from "./reference/reference.ts";
import { hasSimd } from "./wasm/features.ts";

/**
 * Makes an engine for a graph. Throws `bad-option` where the graph or an option does not fit, `limit` when it needs
 * more memory than there is.
 */
export async function createEngine(graph: Graph, options: EngineOptions): Promise<Engine> {
  const { batchSize, backend = "auto" } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new ReadError("bad-option", `The batch size should be a positive integer; it is ${batchSize}.`);
  }
  if (backend === "reference" || (backend === "auto" && !hasSimd()))
    return new ReferenceEngine(graph, options);
  return createWasmEngine(graph, options);
}
