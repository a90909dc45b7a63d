import { createFlatbuffer, type Flatbuffer, type FlatTable } from "../../codec/flatbuffer.ts";
import { isReadError } from "../../errors.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { Model } from "../../model/model.ts";
import { slice } from "../../source/slice.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { listConstants } from "./constants.ts";
import { linkSubgraphs } from "./follow.ts";
import { readSubgraphs } from "./graph.ts";
import { findConvolutions } from "./layers.ts";
import { FIELDS } from "./schema.ts";
import { locateBuffer, type TensorPlace } from "./tensors.ts";
import { usersOf } from "./users.ts";

/** Opens a TensorFlow Lite model: a flatbuffer with operators, tensors and the buffers of their values. */
export async function open(source: Source, { budget, signal }: OpenContext): Promise<Model> {
  const file = createFlatbuffer(source, budget, "The model", signal);
  const model = await file.root();
  const subgraphs = await readSubgraphs(file, model);
  const buffers = await file.tables(model, FIELDS.model.buffers);
  const place: TensorPlace = { source, file, buffers };
  const constants = await listConstants(subgraphs, place, { budget, signal });
  const links = await linkSubgraphs(file, subgraphs);
  const { facts, notes } = await findConvolutions({ file, subgraphs, constants, links });
  const users = await usersOf(subgraphs, constants, links);
  const found = graphLayers(facts, constants.tensors, ({ name }) => {
    const by = users.get(name);
    return by === undefined ? "No operator of the model uses it." : `It is used by ${by.join(", ")}.`;
  });
  return {
    file: source.name,
    format: "tflite",
    producer: await producerOf(file, model, place, { budget, signal }),
    layers: found.layers,
    tensors: constants.tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: { total: constants.parameters, trainable: null, nonTrainable: null },
    notes: [
      ...(found.layers.length === 0
        ? []
        : [
            "Converters to TensorFlow Lite fold normalisation into kernels: they may differ from those of the model that was converted.",
          ]),
      ...notes,
      ...found.notes,
    ],
    close: async () => source.close?.(),
  };
}

type Reading = Pick<OpenContext, "budget" | "signal">;

/**
 * The TensorFlow that converted the model, as the metadata `CONVERSION_METADATA` say it (a flatbuffer of its own:
 * conversion_metadata.fbs), else the converter's own description.
 */
async function producerOf(
  file: Flatbuffer,
  model: FlatTable,
  { source, buffers }: TensorPlace,
  context: Reading,
): Promise<string | null> {
  for (const at of await file.tables(model, FIELDS.model.metadata)) {
    const entry = await file.table(at);
    if ((await file.text(entry, FIELDS.metadata.name)) !== "CONVERSION_METADATA") continue;
    const { start, length } = await locateBuffer(
      file,
      buffers,
      entry.scalar(FIELDS.metadata.buffer, "uint32", 0),
    );
    if (length < 8 || start + length > source.size) continue;
    const version = await readVersion(slice(source, start, length), context);
    if (version !== null) return `tensorflow ${version}`;
  }
  // Others describe the model there, not themselves.
  const description = (await file.text(model, FIELDS.model.description)) ?? "";
  return /converted/i.test(description) ? description : null;
}

/** `environment.tensorflow_version`; null when there is none, or no such flatbuffer: nothing else depends on it. */
async function readVersion(metadata: Source, { budget, signal }: Reading): Promise<string | null> {
  try {
    const file = createFlatbuffer(metadata, budget, "The conversion metadata", signal);
    const environment = await file.child(await file.root(), 0);
    return environment === null ? null : await file.text(environment, 0);
  } catch (error) {
    if (isReadError(error, "malformed", "truncated")) return null;
    throw error;
  }
}
