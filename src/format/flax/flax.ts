import { ReadError } from "../../errors.ts";
import { findLayers } from "../../model/find-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { flaxTensors } from "./tensors.ts";
import { readFlaxTree } from "./tree.ts";

/**
 * Opens what `flax.serialization.to_bytes` wrote: variables of Linen, a pure dict of NNX, a training state. The
 * layers are found by name and shape.
 */
export async function open(source: Source, { budget, axisOrder, signal }: OpenContext): Promise<Model> {
  const root = await readFlaxTree(source, { budget, signal });
  const { tensors, left } = flaxTensors(root, source, budget);
  if (tensors.length === 0) {
    throw new ReadError(
      "unsupported",
      left > 0
        ? "The file holds an optimizer's state only, no weights."
        : "The file is MessagePack, but holds no arrays of Flax: a checkpoint of Orbax keeps them in other files, and flax.serialization.to_bytes writes them into one.",
    );
  }
  const found = findLayers(tensors, { axisOrder });
  const notes = left === 0 ? [] : [`${left} arrays of the optimizer's state were left out.`];
  return {
    file: source.name,
    format: "flax",
    producer: "flax",
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: [...notes, ...found.notes],
    close: async () => source.close?.(),
  };
}
