import type { Budget } from "../../budget.ts";
import { parseJson } from "../../codec/json.ts";
import { ReadError } from "../../errors.ts";
import { findLayers } from "../../model/find-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import { isList, isObject, type PlainObject, toPlain } from "../keras/plain.ts";
import { findConvolutions } from "../tensorflow/find-convolutions.ts";
import { graphModel } from "../tensorflow/graph-model.ts";
import { mainScope } from "../tensorflow/scope.ts";
import { readGraphJson } from "./graph-json.ts";
import { layersModel } from "./layers-model.ts";
import { readManifest } from "./manifest.ts";
import { manifestTensors } from "./weights.ts";

/**
 * Opens a model of TensorFlow.js: a layers model (Keras's config), a graph model (TensorFlow's operators), or a
 * manifest of weights alone. The shards that it names are looked for beside it only.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, signal } = context;
  const json = toPlain(
    parseJson(await source.read(0, source.size, signal), budget, "The model.json"),
    budget,
  );
  const { topology, manifest, producer } = partsOf(json);
  const { tensors, close: closeShards } = await manifestTensors(
    source,
    readManifest(manifest, budget),
    context,
  );
  const close = async (): Promise<void> => {
    await Promise.all([closeShards(), source.close?.()]);
  };
  try {
    if (topology === null) return plainModel(source, tensors, context.axisOrder, close);
    if (isList(topology.node) || isObject(topology.library)) {
      return await graphJsonModel(source, topology, tensors, { budget, signal, producer, close });
    }
    const model = layersModel(topology, tensors, { file: source.name, context, close });
    return { ...model, producer: producer ?? model.producer };
  } catch (error) {
    await closeShards();
    throw error;
  }
}

interface Parts {
  /** Null in a manifest alone. */
  readonly topology: PlainObject | null;
  readonly manifest: unknown;
  readonly producer: string | null;
}

function partsOf(json: unknown): Parts {
  if (isList(json)) return { topology: null, manifest: json, producer: null };
  if (!isObject(json) || json.weightsManifest === undefined) {
    throw new ReadError(
      "malformed",
      'The model.json should be an object with "modelTopology" and "weightsManifest".',
    );
  }
  const topology = isObject(json.modelTopology) ? json.modelTopology : null;
  const producer = typeof json.generatedBy === "string" && json.generatedBy !== "" ? json.generatedBy : null;
  return { topology, manifest: json.weightsManifest, producer };
}

async function graphJsonModel(
  source: Source,
  topology: PlainObject,
  tensors: readonly Tensor[],
  {
    budget,
    signal,
    producer,
    close,
  }: {
    readonly budget: Budget;
    readonly signal: AbortSignal | undefined;
    readonly producer: string | null;
    close(): Promise<void>;
  },
): Promise<Model> {
  const weights = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const graph = readGraphJson(topology, weights, budget);
  const found = await findConvolutions([{ scope: mainScope(graph), outputs: null }], {
    variables: {
      variable({ name }) {
        const tensor = weights.get(name);
        return tensor === undefined ? null : { tensor, alias: name };
      },
      object: () => null,
    },
    budget,
    signal,
  });
  return graphModel({ source, format: "tfjs", producer, tensors, found, notes: [], close });
}

/** Weights without a model: TensorFlow.js has one order of axes. */
function plainModel(
  source: Source,
  tensors: readonly Tensor[],
  axisOrder: string | undefined,
  close: () => Promise<void>,
): Model {
  const found = findLayers(tensors, { axisOrder, convention: "keras" });
  return {
    file: source.name,
    format: "tfjs",
    producer: null,
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: found.notes,
    close,
  };
}
