import { type ProtoRange, protoReader } from "../../codec/proto-reader.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { readProgram } from "./mil-program.ts";
import type { CoremlState } from "./model-parts.ts";
import { readNetwork } from "./neural-network.ts";

/** Kinds of models in Model.proto that hold other models or layers. */
const NETWORKS: readonly number[] = [303, 403, 500];
const PROGRAM = 502;
const PIPELINE = 202;
const PIPELINES: readonly number[] = [200, 201];

/** What converters do to kernels. */
const FOLDED =
  "Converters to Core ML fold batch normalisation into kernels and may round them to float16: these kernels need not equal those of the model that was converted.";

/** Opens a Core ML model (`.mlmodel`): the convolutions of its neural networks and programs, pipelines included. */
export async function openModel(source: Source, { probe, budget, signal }: OpenContext): Promise<Model> {
  const known = [
    { start: 0, bytes: probe.head },
    { start: probe.size - probe.tail.length, bytes: probe.tail },
  ];
  const state: CoremlState = {
    source,
    reader: protoReader(source, known, budget, signal),
    budget,
    signal,
    facts: [],
    tensors: [],
    reasons: new Map(),
    notes: new Set(),
    taken: new Set(),
  };
  await readModel(state, { start: 0, end: source.size }, "", 0);
  const { facts, tensors, reasons, notes } = state;
  const found = graphLayers(
    facts,
    tensors,
    ({ name }) => reasons.get(name) ?? "No convolution uses it as its kernel.",
  );
  return {
    file: source.name,
    format: "coreml",
    producer: null,
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: [...notes, ...(found.layers.length > 0 ? [FOLDED] : []), ...found.notes],
    close: async () => source.close?.(),
  };
}

/** A Model: its kind is told by the field that it stands in. */
async function readModel(
  state: CoremlState,
  range: ProtoRange,
  prefix: string,
  depth: number,
): Promise<void> {
  state.budget.enter(depth, "Core ML models");
  for await (const field of state.reader.walk(range, "the Core ML model")) {
    if (field.wire !== 2 || field.number < 200) continue;
    if (NETWORKS.includes(field.number)) await readNetwork(state, field, prefix);
    else if (field.number === PROGRAM) await readProgram(state, field, prefix);
    else if (field.number === PIPELINE) await readPipeline(state, field, prefix, depth);
    else if (PIPELINES.includes(field.number)) {
      for (const inner of await state.reader.fields(field, "a pipeline"))
        if (inner.number === 1 && inner.wire === 2) await readPipeline(state, inner, prefix, depth);
    } else
      state.notes.add(
        `A part of the model is no neural network (field ${field.number} of Model.proto): it has no convolutions.`,
      );
  }
}

/** Pipeline: models=1, names=2. */
async function readPipeline(
  state: CoremlState,
  range: ProtoRange,
  prefix: string,
  depth: number,
): Promise<void> {
  const models: ProtoRange[] = [];
  const names: string[] = [];
  for await (const field of state.reader.walk(range, "a pipeline")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) models.push(field);
    else if (field.number === 2) names.push(await state.reader.text(field));
  }
  for (const [i, model] of models.entries())
    await readModel(state, model, `${prefix}${names[i] ?? `model_${i}`}/`, depth + 1);
}
