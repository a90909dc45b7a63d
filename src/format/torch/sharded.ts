import { ReadError } from "../../errors.ts";
import { findLayers } from "../../model/find-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import { sideBySide } from "../../source/side-by-side.ts";
import type { Source } from "../../source/source.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import { readJson } from "../read-json.ts";
import { inNetworkOrder, inShard, openShard, readWeightMap, SHARDS_AT_ONCE } from "../weight-map.ts";

/**
 * Opens a state dict in several files by its `*.bin.index.json`: `weight_map` says which shard holds which tensor.
 * Shards are looked for beside the index only; each is a PyTorch file of its own.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, axisOrder, signal, openInner } = context;
  const weightMap = readWeightMap(await readJson(source, budget, "The PyTorch index", signal), "PyTorch");
  const shards: { close?(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([...shards, source].map((shard) => shard.close?.()));
  };
  try {
    const byName = new Map<string, Tensor>();
    const notes = new Set<string>();
    const names = [...new Set(weightMap.values())];
    const read = await sideBySide(names, SHARDS_AT_ONCE, async (name) => {
      const shard = await openShard(source, name, signal);
      shards.push(shard);
      const model = await openInner(shard).catch((error) => {
        throw inShard(error, name);
      });
      return { name, model };
    });
    for (const { name, model } of read) {
      if (model.format !== "pytorch") {
        throw new ReadError("malformed", `The shard ${JSON.stringify(name)} should be a PyTorch file.`);
      }
      for (const note of model.notes) notes.add(note);
      for (const tensor of model.tensors) {
        if (weightMap.get(tensor.name) === name) byName.set(tensor.name, tensor);
      }
    }
    const tensors = inNetworkOrder([...weightMap]).map(([name, shard]) => {
      const tensor = byName.get(name);
      if (tensor !== undefined) return tensor;
      throw new ReadError(
        "malformed",
        `The index says that ${JSON.stringify(name)} is in ${JSON.stringify(shard)}, but it is not.`,
      );
    });
    const found = findLayers(tensors, { axisOrder });
    return {
      file: source.name,
      format: "pytorch",
      producer: "pytorch",
      layers: found.layers,
      tensors,
      rejected: found.rejected,
      architecture: null,
      parameters: parametersOf(tensors),
      notes: [...new Set([...notes, ...found.notes])],
      close,
    };
  } catch (error) {
    await Promise.all(shards.map((shard) => shard.close?.()));
    throw error;
  }
}
