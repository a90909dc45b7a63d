import { ReadError } from "../../errors.ts";
import type { Graph } from "./graph.ts";
import { readGraphDef } from "./graph-def.ts";
import { type Field, innerFields, type MessageContext, readFields, textOf } from "./message.ts";
import { assertObjectGraph, type ObjectGraph, readObjectGraph } from "./object-graph.ts";

/** One graph of a SavedModel, for serving or for training. */
export interface MetaGraph {
  readonly tags: readonly string[];
  /** The TensorFlow that wrote it; empty when it does not say. */
  readonly version: string;
  readonly graph: Graph;
  /** Names of what each signature gives, the signature for serving first. */
  readonly signatures: ReadonlyMap<string, readonly string[]>;
  /** The objects of a TensorFlow 2 model; null in TensorFlow 1's. */
  readonly objects: ObjectGraph | null;
}

/** Reads `saved_model.pb`: every graph of it. */
export async function readSavedModel(size: number, context: MessageContext): Promise<readonly MetaGraph[]> {
  const graphs: MetaGraph[] = [];
  for (const field of await readFields({ start: 0, end: size }, context, "The SavedModel")) {
    if (field.number === 2 && field.wire === 2) graphs.push(await readMetaGraph(field, context));
  }
  if (graphs.length === 0) throw new ReadError("malformed", "The SavedModel holds no graph.");
  return graphs;
}

async function readMetaGraph(field: Field, context: MessageContext): Promise<MetaGraph> {
  const tags: string[] = [];
  let version = "";
  let graph: Graph = { nodes: [], functions: new Map() };
  let objects: ObjectGraph | null = null;
  const signatures = new Map<string, readonly string[]>();
  for (const inner of await innerFields(field, context, "A graph of the SavedModel")) {
    if (inner.wire !== 2) continue;
    if (inner.number === 1) {
      for (const info of await innerFields(inner, context, "What the SavedModel says of itself")) {
        if (info.number === 4) tags.push(textOf(info));
        if (info.number === 5) version = textOf(info);
      }
    } else if (inner.number === 2) graph = await readGraphDef(inner, context);
    else if (inner.number === 5) await readSignature(inner, signatures, context);
    else if (inner.number === 7) objects = await readObjects(inner, context);
  }
  const ordered = [...signatures].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return { tags, version, graph, signatures: new Map(ordered), objects };
}

/** The signature that serves comes first; what only initialises has no convolutions. */
function rank(signature: string): number {
  return signature === "serving_default" ? 0 : signature.startsWith("__") ? 2 : 1;
}

async function readObjects(field: Field, { source, budget, signal }: MessageContext): Promise<ObjectGraph> {
  const size = field.end - field.start;
  assertObjectGraph(size);
  budget.take(size, "the object graph");
  return readObjectGraph(field.bytes ?? (await source.read(field.start, size, signal)), "model", budget);
}

/** One entry of the map of signatures: its name and the tensors that it gives. */
async function readSignature(
  entry: Field,
  signatures: Map<string, readonly string[]>,
  context: MessageContext,
): Promise<void> {
  const what = "A signature";
  let name = "";
  const outputs: string[] = [];
  for (const field of await innerFields(entry, context, what)) {
    if (field.wire !== 2) continue;
    if (field.number === 1) name = textOf(field);
    else if (field.number === 2) {
      for (const part of await innerFields(field, context, what)) {
        if (part.number !== 2 || part.wire !== 2) continue;
        for (const output of await innerFields(part, context, what)) {
          if (output.number !== 2 || output.wire !== 2) continue;
          const info = await innerFields(output, context, what);
          outputs.push(...info.filter(({ number }) => number === 1).map(textOf));
        }
      }
    }
  }
  signatures.set(name, outputs);
}
