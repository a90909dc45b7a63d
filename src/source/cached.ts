import { orAborted } from "./aborted.ts";
import { assertInside, type Source } from "./source.ts";

/** How much a cached source keeps. */
export interface CacheOptions {
  /** Bytes read and kept together. Default 64 kB. */
  readonly blockSize?: number | undefined;
  /** Most bytes kept; the blocks used longest ago go first. Default 32 MB. */
  readonly capacity?: number | undefined;
}

/**
 * `source` with the blocks it has read kept in memory, for readers that ask for many small pieces. Blocks being
 * read are shared between callers; a failure is forgotten, so that the next read tries again.
 */
export function cached(
  source: Source,
  { blockSize = 64 * 1024, capacity = 32 * 1024 * 1024 }: CacheOptions = {},
): Source {
  const blocks = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  const most = Math.max(1, Math.floor(capacity / blockSize));

  /** Reads blocks `first` to `last` in one go and remembers each. */
  const load = (first: number, last: number): void => {
    const start = first * blockSize;
    const run = source.read(start, Math.min(source.size, (last + 1) * blockSize) - start);
    for (let block = first; block <= last; block++) {
      const at = block * blockSize - start;
      // A copy: a block must not keep the whole run alive.
      const bytes = run.then((all) => (first === last ? all : all.slice(at, at + blockSize)));
      blocks.set(block, bytes);
      bytes.catch(() => {
        if (blocks.get(block) === bytes) blocks.delete(block);
      });
    }
  };

  const blocksOf = (first: number, last: number): Promise<Uint8Array<ArrayBuffer>>[] => {
    for (let block = first; block <= last; block++) {
      const known = blocks.get(block);
      if (known === undefined) {
        let end = block;
        while (end < last && !blocks.has(end + 1)) end++;
        load(block, end);
        block = end;
      } else {
        // Put last: the map's order is the order of use.
        blocks.delete(block);
        blocks.set(block, known);
      }
    }
    const wanted = Array.from({ length: last - first + 1 }, (_, i) => blocks.get(first + i)!);
    for (const block of blocks.keys()) {
      if (blocks.size <= most) break;
      blocks.delete(block);
    }
    return wanted;
  };

  return {
    ...source,
    async read(offset, length, signal) {
      assertInside(source, offset, length, "A read");
      if (length === 0) return new Uint8Array(0);
      // What would push everything else out is not worth keeping.
      if (length > capacity / 4) return source.read(offset, length, signal);
      const first = Math.floor(offset / blockSize);
      const wanted = blocksOf(first, Math.floor((offset + length - 1) / blockSize));
      const parts = await orAborted(Promise.all(wanted), signal, source.name);
      const start = offset - first * blockSize;
      const result = new Uint8Array(length);
      let filled = 0;
      for (const [i, part] of parts.entries()) {
        const piece = i === 0 ? part.subarray(start, start + length) : part.subarray(0, length - filled);
        result.set(piece, filled);
        filled += piece.length;
      }
      return result;
    },
  };
}
