import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { isBareName, type Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { readJson } from "../read-json.ts";
import { openStores } from "./open-stores.ts";
import { storeModel } from "./store-model.ts";

/** Files that one weight map may name: Keras cuts at 5 GB by default. */
const MAX_SHARDS = 4096;

/** Opens a weight map together with the files it names, which must lie beside it. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, signal } = context;
  const json = await readJson(source, budget, "The weight map", signal);
  const shards: Source[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.close?.()));
    await source.close?.();
  };
  try {
    for (const name of readWeightMap(json)) shards.push(await shardOf(source, name, signal));
    const stores = await openStores(shards, context);
    return storeModel(stores.contents, {
      file: source.name,
      format: "keras",
      config: null,
      kerasVersion: null,
      notes: [],
      context,
      close: async () => {
        stores.close();
        await closeAll();
      },
    });
  } catch (error) {
    await Promise.all(shards.map((shard) => shard.close?.()));
    throw error;
  }
}

/** The names of the files in a weight map, in their order: bare names only. */
export function readWeightMap(json: unknown): readonly string[] {
  const map =
    typeof json === "object" && json !== null && Object.hasOwn(json, "weight_map")
      ? (json as { weight_map: unknown }).weight_map
      : null;
  if (typeof map !== "object" || map === null)
    throw new ReadError("malformed", "The weight map has no member weight_map.");
  const names = new Set<string>();
  for (const value of Object.values(map)) {
    for (const name of Array.isArray(value) ? value : [value]) {
      if (typeof name !== "string" || !isBareName(name)) {
        throw new ReadError(
          "refused",
          `The weight map names the file ${JSON.stringify(name)}; only names in the same folder are opened.`,
        );
      }
      names.add(name);
    }
    if (names.size > MAX_SHARDS)
      throw new ReadError("limit", `The weight map names more than ${MAX_SHARDS} files.`);
  }
  return [...names].sort();
}

async function shardOf(source: Source, name: string, signal: AbortSignal | undefined): Promise<Source> {
  const shard = await source.sibling?.(name, signal);
  if (shard == null) {
    throw new ReadError(
      "missing-sibling",
      `The weights are in several files, and ${JSON.stringify(name)} is not beside this one: put (or drop) them together.`,
    );
  }
  return shard;
}
