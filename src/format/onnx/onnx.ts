import { protoReader } from "../../codec/proto-reader.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { externalFiles } from "./external-files.ts";
import { followModel } from "./follow.ts";
import { readModel } from "./read-model.ts";

/** Convolutions without weights that are named one by one. */
const NAMED_MOST = 5;

/** Opens an ONNX model (`.onnx`): its graph is read, its weights are jumped over. */
export async function open(source: Source, { probe, budget, signal }: OpenContext): Promise<Model> {
  const known = [
    { start: 0, bytes: probe.head },
    { start: probe.size - probe.tail.length, bytes: probe.tail },
  ];
  const model = await readModel(protoReader(source, known, budget, signal), source.size, budget);
  const external = externalFiles(source);
  const followed = await followModel(model, { source, external }, budget, signal);
  const { facts, tensors, rejected, missing } = followed;
  const found = graphLayers(
    facts,
    tensors,
    ({ name }) => rejected.get(name) ?? "No convolution of the graph uses it.",
  );
  const notes = [
    ...missing.slice(0, NAMED_MOST),
    ...(missing.length > NAMED_MOST ? [`So do ${missing.length - NAMED_MOST} more convolutions.`] : []),
    ...(model.trains ? ["The file also says how to train the model; that part is not looked at."] : []),
    ...(found.layers.length > 0
      ? [
          "Exporters to ONNX fold batch normalisation into kernels and rename them: these kernels need not equal those of the model that was exported.",
        ]
      : []),
  ];
  return {
    file: source.name,
    format: "onnx",
    producer: model.producer,
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: [...notes, ...found.notes],
    async close() {
      await external.close();
      await source.close?.();
    },
  };
}
