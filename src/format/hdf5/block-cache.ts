/** Bytes of one cache entry. Metadata of HDF5 files comes in clusters of a few kB. */
export const BLOCK_BYTES = 4096;

/** Bytes that stay cached between jobs. */
const KEPT_BYTES = 16 * 1024 ** 2;

/** Bytes of a file that are not in the cache: thrown by `read`, answered by fetching them. */
export class Miss extends Error {
  readonly offset: number;
  readonly length: number;

  constructor(offset: number, length: number) {
    super(`bytes ${offset} to ${offset + length} are not here yet`);
    this.offset = offset;
    this.length = length;
  }
}

/** The part of a file that has been fetched, readable without waiting. */
export interface BlockCache {
  readonly size: number;
  /** The first range that `read` lacked since the last `settle`; null when it had everything. */
  missed(): Miss | null;
  /** Copies bytes from `offset` into `target`, fewer at the file's end; returns how many. Throws Miss. */
  read(offset: number, target: Uint8Array): number;
  /** The bytes themselves where they lie in one block, to be looked at and not kept; null otherwise. */
  view(offset: number, length: number): Uint8Array | null;
  /** Whether the block at `offset` is here. */
  has(offset: number): boolean;
  /** Adds fetched bytes; `offset` is a multiple of BLOCK_BYTES. */
  add(offset: number, bytes: Uint8Array): void;
  /** Ends an operation: forgets the miss and lets go of the oldest blocks above the cache's size. */
  settle(finished: boolean): void;
}

/**
 * A cache for a file of `size` bytes. Nothing is let go while an operation is unfinished, so that a retry always
 * gets further than the try before it.
 */
export function createBlockCache(size: number): BlockCache {
  const blocks = new Map<number, Uint8Array>();
  let miss: Miss | null = null;
  return {
    size,
    missed: () => miss,
    read(offset, target) {
      const end = Math.min(offset + target.length, size);
      let done = 0;
      for (let at = offset; at < end; ) {
        const index = Math.floor(at / BLOCK_BYTES);
        const block = blocks.get(index);
        if (block === undefined) {
          miss ??= new Miss(at, end - at);
          throw miss;
        }
        const inside = at - index * BLOCK_BYTES;
        const part = block.subarray(inside, Math.min(block.length, inside + end - at));
        target.set(part, done);
        done += part.length;
        at += part.length;
      }
      return done;
    },
    view(offset, length) {
      const index = Math.floor(offset / BLOCK_BYTES);
      const inside = offset - index * BLOCK_BYTES;
      const block = blocks.get(index);
      return block !== undefined && inside + length <= block.length
        ? block.subarray(inside, inside + length)
        : null;
    },
    has: (offset) => blocks.has(Math.floor(offset / BLOCK_BYTES)),
    add(offset, bytes) {
      for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
        blocks.set((offset + at) / BLOCK_BYTES, bytes.subarray(at, at + BLOCK_BYTES));
      }
    },
    settle(finished) {
      miss = null;
      if (!finished) return;
      let excess = blocks.size - KEPT_BYTES / BLOCK_BYTES;
      for (const index of blocks.keys()) {
        if (excess-- <= 0) break;
        blocks.delete(index);
      }
    },
  };
}
