import { ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { compareNatural } from "../model/names.ts";
import { isBareName, type Source } from "../source/source.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { OpenContext } from "./format.ts";
import { readJson } from "./read-json.ts";
import { safetensorsModel, safetensorsTensors } from "./safetensors.ts";
import { readSafetensorsHeader } from "./safetensors-header.ts";

/**
 * Opens a sharded model by its `*.safetensors.index.json`: `weight_map` says which shard holds which tensor.
 * Shards are looked for beside the index only.
 */
export async function open(source: Source, { budget, axisOrder, signal }: OpenContext): Promise<Model> {
  const index = await readJson(source, budget, "The safetensors index", signal);
  const weightMap = readWeightMap(index);
  const shards: Source[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([...shards, source].map((shard) => shard.close?.()));
  };
  try {
    const byName = new Map<string, Tensor>();
    let metadata: ReadonlyMap<string, string> = new Map();
    for (const name of new Set(weightMap.values())) {
      const shard = await openShard(source, name, signal);
      shards.push(shard);
      const header = await readSafetensorsHeader(shard, null, budget, signal).catch((error) => {
        throw inShard(error, name);
      });
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

function readWeightMap(index: unknown): Map<string, string> {
  const map =
    typeof index === "object" && index !== null
      ? (index as { readonly weight_map?: unknown }).weight_map
      : null;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new ReadError(
      "malformed",
      "The safetensors index should hold an object weight_map from tensor names to file names.",
    );
  }
  const weightMap = new Map<string, string>();
  for (const tensor of Object.keys(map)) {
    const shard = (map as Readonly<Record<string, unknown>>)[tensor];
    if (typeof shard !== "string" || !isBareName(shard)) {
      throw new ReadError(
        "refused",
        `The index places ${JSON.stringify(tensor)} in ${JSON.stringify(shard)}; only files beside the index, named without a path, are read.`,
      );
    }
    weightMap.set(tensor, shard);
  }
  return weightMap;
}

/** An index whose names are sorted as text says nothing about the network: then as people count. */
function inNetworkOrder(
  map: readonly (readonly [name: string, shard: string])[],
): readonly (readonly [string, string])[] {
  const sorted = map.every(([name], i) => i === 0 || map[i - 1]![0] < name);
  return sorted ? map.toSorted(([a], [b]) => compareNatural(a, b)) : map;
}

async function openShard(source: Source, name: string, signal: AbortSignal | undefined): Promise<Source> {
  const shard = (await source.sibling?.(name, signal)) ?? null;
  if (shard === null) {
    throw new ReadError(
      "missing-sibling",
      `The index needs the shard ${JSON.stringify(name)}, which is not beside it: open the index from a folder (or drop it together with its shards) that holds it.`,
    );
  }
  return shard;
}

function inShard(error: unknown, name: string): unknown {
  return error instanceof ReadError && error.file === undefined
    ? new ReadError(error.code, error.message, { file: name, cause: error })
    : error;
}
