import { ReadError } from "../errors.ts";
import { compareNatural } from "../model/names.ts";
import { isBareName, type Source } from "../source/source.ts";

/**
 * The `weight_map` of an index: which shard holds which tensor. Shards are named bare, without a path.
 *
 * @throws ReadError `malformed`, or `refused` for a shard that is not beside the index.
 */
export function readWeightMap(index: unknown, format: string): Map<string, string> {
  const map =
    typeof index === "object" && index !== null
      ? (index as { readonly weight_map?: unknown }).weight_map
      : null;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new ReadError(
      "malformed",
      `The ${format} index should hold an object weight_map from tensor names to file names.`,
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
export function inNetworkOrder(
  map: readonly (readonly [name: string, shard: string])[],
): readonly (readonly [string, string])[] {
  const sorted = map.every(([name], i) => i === 0 || map[i - 1]![0] < name);
  return sorted ? map.toSorted(([a], [b]) => compareNatural(a, b)) : map;
}

/** The shard `name` beside the index. */
export async function openShard(
  source: Source,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const shard = (await source.sibling?.(name, signal)) ?? null;
  if (shard === null) {
    throw new ReadError(
      "missing-sibling",
      `The index needs the shard ${JSON.stringify(name)}, which is not beside it: open the index from a folder (or drop it together with its shards) that holds it.`,
    );
  }
  return shard;
}

/** Shards whose headers are read at the same time: what browsers send to one server at once. */
export const SHARDS_AT_ONCE = 6;

/** An error without a file gets the name of the shard that it is about. */
export function inShard(error: unknown, name: string): unknown {
  return error instanceof ReadError && error.file === undefined
    ? new ReadError(error.code, error.message, { file: name, cause: error })
    : error;
}
