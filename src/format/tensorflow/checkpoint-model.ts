import { type FoundLayers, findLayers } from "../../model/find-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import type { CheckpointTensor } from "./checkpoint-tensors.ts";

/** A model out of named weights; the layers are found by the names that the network gives them. */
export function checkpointModel(
  source: Source,
  all: readonly CheckpointTensor[],
  axisOrder: string | undefined,
  close: () => Promise<void>,
): Model {
  const found = findAliased(all, axisOrder);
  const tensors = all.map(({ tensor }) => tensor);
  return {
    file: source.name,
    format: "tensorflow",
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

/** `findLayers` by other names than the tensors' own. */
export function findAliased(all: readonly CheckpointTensor[], axisOrder: string | undefined): FoundLayers {
  const originals = new Map(all.map(({ tensor, alias }) => [{ ...tensor, name: alias }, tensor]));
  const found = findLayers([...originals.keys()], { axisOrder, convention: null });
  return {
    layers: found.layers.map((layer) => ({
      ...layer,
      kernel: originals.get(layer.kernel) ?? layer.kernel,
      bias: layer.bias === null ? null : (originals.get(layer.bias) ?? layer.bias),
    })),
    rejected: found.rejected.map(({ tensor, reason }) => ({
      tensor: originals.get(tensor) ?? tensor,
      reason,
    })),
    notes: found.notes,
  };
}
