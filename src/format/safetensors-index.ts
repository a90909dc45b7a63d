import { ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { sideBySide } from "../source/side-by-side.ts";
import type { Source } from "../source/source.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { OpenContext } from "./format.ts";
import { readJson } from "./read-json.ts";
import { safetensorsModel, safetensorsTensors } from "./safetensors.ts";
import { readSafetensorsHeader } from "./safetensors-header.ts";
import { inNetworkOrder, inShard, openShard, readWeightMap, SHARDS_AT_ONCE } from "./weight-map.ts";

/**
 * Opens a sharded model by its `*.safetensors.index.json`: `weight_map` says which shard holds which tensor.
 * Shards are looked for beside the index only.
 */
export async function open(source: Source, { budget, axisOrder, signal }: OpenContext): Promise<Model> {
  const index = await readJson(source, budget, "The safetensors index", signal);
  const weightMap = readWeightMap(index, "safetensors");
  const shards: Source[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([...shards, source].map((shard) => shard.close?.()));
  };
  try {
    const byName = new Map<string, Tensor>();
    let metadata: ReadonlyMap<string, string> = new Map();
    const names = [...new Set(weightMap.values())];
    const read = await sideBySide(names, SHARDS_AT_ONCE, async (name) => {
      const shard = await openShard(source, name, signal);
      shards.push(shard);
      const header = await readSafetensorsHeader(shard, null, budget, signal).catch((error) => {
        throw inShard(error, name);
      });
      return { name, shard, header };
    });
    for (const { name, shard, header } of read) {
      metadata = new Map([...metadata, ...header.metadata]);
      for (const tensor of safetensorsTensors(header, shard)) {
        if (weightMap.get(tensor.name) === name) byName.set(tensor.name, tensor);
      }
    }
    const tensors = inNetworkOrder([...weightMap]).map(([tensorName, shard]) => {
      const tensor = byName.get(tensorName);
      if (tensor !== undefined) return tensor;
      throw new ReadError(
        "malformed",
        `The index says that ${JSON.stringify(tensorName)} is in ${JSON.stringify(shard)}, but it is not.`,
      );
    });
    return safetensorsModel({
      file: source.name,
      format: "safetensors",
      tensors,
      metadata,
      axisOrder,
      close,
    });
  } catch (error) {
    await Promise.all(shards.map((shard) => shard.close?.()));
    throw error;
  }
}
