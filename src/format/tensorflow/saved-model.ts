import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { cached } from "../../source/cached.ts";
import type { Source } from "../../source/source.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { OpenContext } from "../format.ts";
import type { Bundle } from "./bundle.ts";
import { checkpointModel } from "./checkpoint-model.ts";
import { type CheckpointTensors, checkpointTensors } from "./checkpoint-tensors.ts";
import { entryPoints } from "./entry-points.ts";
import { type FoundConvolutions, findConvolutions } from "./find-convolutions.ts";
import { graphModel, weightConstants } from "./graph-model.ts";
import { openVariables } from "./open-variables.ts";
import { type MetaGraph, readSavedModel } from "./saved-model-proto.ts";
import { modelVariables } from "./saved-variables.ts";

/** Bytes of a `saved_model.pb` that is read in one go: without the constants that make it larger. */
const READ_WHOLE = 1024 * 1024;

/**
 * Opens a SavedModel by its `saved_model.pb`: the operators are there, the values in `variables/` beside it. Of
 * several graphs the one for serving is taken first; others add what it lacks.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, signal } = context;
  // At the same time: far away, each of them takes a few round trips.
  const [read, beside] = await Promise.allSettled([
    readGraphs(source, context),
    openVariables(source, budget, signal),
  ]);
  const variables = beside.status === "fulfilled" ? beside.value : null;
  try {
    if (read.status === "rejected") throw read.reason;
    if (beside.status === "rejected") throw beside.reason;
    const close = async (): Promise<void> => {
      await Promise.all([variables?.close(), source.close?.()]);
    };
    return await savedModel(source, read.value, variables?.bundle ?? null, context, close);
  } catch (error) {
    await variables?.close();
    throw error;
  }
}

async function readGraphs(source: Source, { budget, signal }: OpenContext): Promise<readonly MetaGraph[]> {
  const near = cached(source);
  if (source.size <= READ_WHOLE) await near.read(0, source.size, signal);
  return readSavedModel(source.size, { source: near, budget, signal });
}

async function savedModel(
  source: Source,
  graphs: readonly MetaGraph[],
  bundle: Bundle | null,
  { budget, signal, axisOrder }: OpenContext,
  close: () => Promise<void>,
): Promise<Model> {
  const stored: CheckpointTensors | null =
    bundle === null ? null : await checkpointTensors(bundle, budget, signal);
  const ordered = graphs.toSorted(
    (a, b) => Number(b.tags.includes("serve")) - Number(a.tags.includes("serve")),
  );
  const found: FoundConvolutions[] = [];
  const missing = new Set<string>();
  for (const graph of ordered) {
    const variables = modelVariables(graph, bundle, stored, missing, budget);
    found.push(await findConvolutions(entryPoints(graph), { variables, budget, signal }));
  }
  if (missing.size > 0 && bundle === null) {
    throw new ReadError(
      "missing-sibling",
      `The SavedModel keeps the values of its variables in the folder "variables" beside saved_model.pb, which is not there: open the whole folder (or drop variables.index and its .data files together with it).`,
    );
  }
  if (
    found.every(({ convolutions }) => convolutions.length === 0) &&
    ordered.some(isCompiled) &&
    stored !== null
  ) {
    const model = checkpointModel(source, stored.all, axisOrder, close);
    return { ...model, producer: producerOf(ordered[0]!), notes: [COMPILED, ...model.notes] };
  }
  const lost = [...missing];
  const tensors = stored?.all.map(({ tensor }) => tensor) ?? [];
  return graphModel({
    source,
    format: "tensorflow",
    producer: producerOf(ordered[0]!),
    // Beside a checkpoint, constants are what training begins with.
    tensors: stored === null ? ordered.flatMap(({ graph }) => weightConstants(graph)) : tensors,
    found: {
      convolutions: found.flatMap(({ convolutions }) => convolutions),
      computed: [...new Set(found.flatMap(({ computed }) => computed))],
    },
    notes:
      lost.length === 0
        ? []
        : [
            `The graph uses ${lost.length} variables that the checkpoint does not hold: ${lost.slice(0, 3).join(", ")}.`,
          ],
    trainable: trainableOf(ordered[0]!, stored),
    close,
  });
}

function producerOf({ version }: MetaGraph): string | null {
  return version === "" ? null : `tensorflow ${version}`;
}

/** JAX exports its programs compiled: as one operator that holds StableHLO. */
function isCompiled({ graph }: MetaGraph): boolean {
  const all = [graph.nodes, ...[...graph.functions.values()].map(({ nodes }) => nodes)];
  return all.some((nodes) => nodes.some(({ op }) => op === "XlaCallModule"));
}

const COMPILED =
  "The model is a compiled program (StableHLO, as JAX exports it), whose operators are not read: its convolutions were told by the names and shapes of its variables.";

/** Parameters of the variables that the model says are trained; undefined when it does not say. */
function trainableOf(graph: MetaGraph, stored: CheckpointTensors | null): number | undefined {
  if (graph.objects === null || stored === null) return undefined;
  const trained = new Set(
    graph.objects.objects.flatMap(({ variable }) => (variable?.trainable === true ? [variable.name] : [])),
  );
  return stored.all.reduce(
    (sum, { tensor, fullName }) => sum + (trained.has(fullName) ? countOf(tensor.shape) : 0),
    0,
  );
}
