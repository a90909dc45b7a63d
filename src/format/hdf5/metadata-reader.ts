import type { Budget } from "../../budget.ts";
import type { Source } from "../../source/source.ts";
import { Beyond } from "./beyond.ts";
import { BLOCK_BYTES, createBlockCache, Miss } from "./block-cache.ts";
import { createFetchWindow } from "./fetch-window.ts";
import type { ReadNow } from "./superblock.ts";

/** Reads under way at the same time when several structures are fetched. */
const PARALLEL = 32;
/** Bytes that are fetched ahead at most; what is beyond is fetched when it is met. */
const AHEAD_BYTES = 8 * 1024 ** 2;

/** A file's metadata, read without waiting in between: what is missing is fetched, then the work begins again. */
export interface MetadataReader {
  /** Throws Beyond outside the file, and Miss (for `complete`) for what is not here yet. */
  readonly read: ReadNow;
  /** Says that structures begin at these offsets, so that they are fetched side by side. */
  want(offsets: readonly number[]): void;
  /** Does `work` until it misses nothing. */
  complete<Result>(work: () => Result): Promise<Result>;
  /**
   * Does `work` for every item until none misses anything. What they miss is fetched side by side, so that far away a
   * level of a tree takes a few round trips, not some for each of its groups.
   */
  completeAll<Item, Result>(items: readonly Item[], work: (item: Item) => Result): Promise<Result[]>;
}

/** Thrown by `want`. */
class Wanted extends Error {
  readonly offsets: readonly number[];

  constructor(offsets: readonly number[]) {
    super("some structures are not here yet");
    this.offsets = offsets;
  }
}

/** A reader of `source`'s metadata within `budget`. */
export function createMetadataReader(
  source: Source,
  budget: Budget,
  signal: AbortSignal | undefined,
): MetadataReader {
  const { size } = source;
  const cache = createBlockCache(size);
  const fetchWindow = createFetchWindow(size);
  let ahead = 0;
  const fetch = async ({ offset, length }: Range): Promise<void> => {
    cache.add(offset, await source.read(offset, length, signal));
  };
  const fetchAll = async (wanted: readonly Range[]): Promise<void> => {
    const ranges = joinedRanges(wanted, size);
    for (let at = 0; at < ranges.length; at += PARALLEL)
      await Promise.all(ranges.slice(at, at + PARALLEL).map(fetch));
  };
  return {
    read(offset, length) {
      if (!(offset + length <= size)) throw new Beyond("an address outside the file");
      const view = cache.view(offset, length);
      if (view !== null) return view;
      const bytes = new Uint8Array(length);
      cache.read(offset, bytes);
      return bytes;
    },
    want(offsets) {
      const missing = offsets.filter((offset) => offset < size && !cache.has(offset));
      if (missing.length < 2 || ahead > AHEAD_BYTES) return;
      ahead += missing.length * 2 * BLOCK_BYTES;
      throw new Wanted(missing);
    },
    async complete(work) {
      for (;;) {
        budget.check();
        try {
          const result = work();
          cache.settle(true);
          return result;
        } catch (error) {
          cache.settle(false);
          if (error instanceof Wanted) await fetchAll(error.offsets.map(headerAt));
          else if (error instanceof Miss) await fetch(fetchWindow(error.offset, error.length));
          else throw error;
        }
      }
    },
    async completeAll(items, work) {
      const results = new Map<(typeof items)[number], ReturnType<typeof work>>();
      for (;;) {
        budget.check();
        const missing: Range[] = [];
        for (const item of items) {
          if (results.has(item)) continue;
          try {
            results.set(item, work(item));
          } catch (error) {
            cache.settle(false);
            if (error instanceof Wanted) missing.push(...error.offsets.map(headerAt));
            else if (error instanceof Miss) missing.push({ offset: error.offset, length: error.length });
            else throw error;
          }
        }
        const [only] = missing;
        if (only === undefined) break;
        if (missing.length === 1) await fetch(fetchWindow(only.offset, only.length));
        else await fetchAll(missing);
      }
      cache.settle(true);
      return items.map((item) => results.get(item)!);
    },
  };
}

interface Range {
  readonly offset: number;
  length: number;
}

/** An object's header: how long it is, it says itself. */
function headerAt(offset: number): Range {
  return { offset, length: 1 };
}

/** At least two blocks from each offset on, neighbours joined, in order. */
function joinedRanges(wanted: readonly Range[], size: number): Range[] {
  const ranges: Range[] = [];
  for (const { offset, length } of [...wanted].sort((a, b) => a.offset - b.offset)) {
    const start = offset - (offset % BLOCK_BYTES);
    const blocks = Math.max(2, Math.ceil((offset + length - start) / BLOCK_BYTES));
    const end = Math.min(size, start + blocks * BLOCK_BYTES);
    const last = ranges.at(-1);
    if (last !== undefined && start <= last.offset + last.length) {
      last.length = Math.max(last.length, end - last.offset);
    } else {
      ranges.push({ offset: start, length: end - start });
    }
  }
  return ranges;
}
