import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { cached } from "../../source/cached.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { findConvolutions } from "./find-convolutions.ts";
import { readGraphDef } from "./graph-def.ts";
import { graphModel, weightConstants } from "./graph-model.ts";
import { mainScope } from "./scope.ts";
import type { Variables } from "./weight.ts";

/** A graph without a checkpoint has no variables. */
const NONE: Variables = { variable: () => null, object: () => null };

/** Opens a frozen graph: a `GraphDef` whose weights are constants. */
export async function open(source: Source, { budget, signal }: OpenContext): Promise<Model> {
  const context = { source: cached(source), budget, signal };
  const graph = await readGraphDef({ start: 0, end: source.size }, context);
  const found = await findConvolutions([{ scope: mainScope(graph), outputs: null }], {
    variables: NONE,
    budget,
    signal,
  });
  const hasVariables = graph.nodes.some(
    ({ op }) => op === "VarHandleOp" || op === "VariableV2" || op === "Variable",
  );
  if (hasVariables && found.convolutions.length === 0) {
    throw new ReadError(
      "unsupported",
      "The graph has variables whose values are in a checkpoint: open the checkpoint's .index file, or a SavedModel.",
    );
  }
  return graphModel({
    source,
    format: "tensorflow",
    producer: null,
    tensors: weightConstants(graph),
    found,
    notes: [],
    close: async () => source.close?.(),
  });
}
