import { ReadError } from "../../errors.ts";
import { joined } from "../../source/joined.ts";
import { orAborted } from "../../source/or-aborted.ts";
import { sideBySide } from "../../source/side-by-side.ts";
import type { Source } from "../../source/source.ts";
import { SHARDS_AT_ONCE } from "../weight-map.ts";

/** The shards of one group of a manifest, which are opened when the first of their bytes is needed. */
export interface Shards {
  /** The first one's. */
  readonly name: string;
  /** For messages: the first few and the last. */
  readonly shown: string;
  /** All of them, one after the other. */
  open(signal?: AbortSignal): Promise<Source>;
  close(): Promise<void>;
}

/** The shards `paths` beside `source`; those that could be opened stay open until `close`. */
export function createShards(source: Source, paths: readonly string[]): Shards {
  const name = paths[0] ?? source.name;
  let opening: Promise<Source> | null = null;
  const opened: Source[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((shard) => shard.close?.()));
  };
  const openAll = async (): Promise<Source> => {
    try {
      const shards = await sideBySide(paths, SHARDS_AT_ONCE, async (path) => {
        const shard = (await source.sibling?.(path)) ?? null;
        if (shard === null) throw missingShard(path);
        opened.push(shard);
        return shard;
      });
      return joined(shards, name);
    } catch (error) {
      // The next read tries again.
      opening = null;
      await close();
      throw error;
    }
  };
  const shown = paths.length > 3 ? `${paths.slice(0, 2).join(", ")}, … ${paths.at(-1)}` : paths.join(", ");
  return {
    name,
    shown,
    open(signal) {
      // Without the caller's signal: others may wait for the same shards.
      opening ??= openAll();
      opening.catch(() => {});
      return orAborted(opening, signal, name);
    },
    async close() {
      await opening?.catch(() => {});
      await close();
    },
  };
}

/** The group's bytes, `size` in all as the manifest says: which whoever reads checks first, by `assertTotal`. */
export function shardStream(shards: Shards, size: number): Source {
  return {
    name: shards.name,
    size,
    async read(offset, length, signal) {
      const stream = await shards.open(signal);
      return stream.read(offset, length, signal);
    },
  };
}

/** Where a weight ends in its shards. */
export interface WeightEnd {
  readonly name: string;
  readonly end: number;
}

/**
 * Holds the shards' bytes against the weights that should fill them, one after the other.
 *
 * @throws ReadError `truncated` or `malformed`.
 */
export function assertTotal(stream: Source, ends: readonly WeightEnd[], { shown }: Shards): void {
  const size = ends.at(-1)?.end ?? 0;
  if (stream.size === size) return;
  const beyond = ends.find(({ end }) => end > stream.size);
  if (beyond !== undefined) {
    throw new ReadError(
      "truncated",
      `${JSON.stringify(beyond.name)} should end at byte ${beyond.end} of its shards (${shown}), but they have ${stream.size} bytes in all.`,
      { file: stream.name, offset: stream.size },
    );
  }
  throw new ReadError(
    "malformed",
    `The shards ${shown} should have ${size} bytes in all, as the manifest says, but have ${stream.size}.`,
    { file: stream.name },
  );
}

/**
 * Whether the shards are near, in a folder that can say what lies in it or among dropped files: then one that is not
 * there is reported before anything is read. A server cannot say.
 *
 * @throws ReadError `missing-sibling`.
 */
export async function areNear(
  source: Source,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const entries = (await source.folder?.entries(signal)) ?? [];
  if (source.folder !== undefined && entries.length === 0) return false;
  const there = new Set(entries.map(({ name }) => name));
  for (const path of paths) {
    if (there.has(path)) continue;
    const shard = (await source.sibling?.(path, signal)) ?? null;
    if (shard === null) throw missingShard(path);
    await shard.close?.();
  }
  return true;
}

function missingShard(path: string): ReadError {
  return new ReadError(
    "missing-sibling",
    `The model needs the shard ${JSON.stringify(path)}, which is not beside it: open the model from a folder (or drop it together with its shards) that holds it.`,
  );
}
