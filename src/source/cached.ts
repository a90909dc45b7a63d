import { orAborted } from "./or-aborted.ts";
import { assertInside, type Source } from "./source.ts";

/** How much a cached source keeps. */
export interface CacheOptions {
  /** Bytes read and kept together. Default 64 kB. */
  readonly blockSize?: number | undefined;
  /** Most bytes kept; the blocks used longest ago go first. Default 32 MB. */
  readonly capacity?: number | undefined;
  /**
   * Whether what is asked for at the same time is read in as few reads as can be, also with blocks between that nobody
   * asked for: for sources where every read costs a round trip. Default false.
   */
  readonly together?: boolean | undefined;
  /**
   * Most bytes that are read on behind what was asked for, where a read goes on from blocks that are there: a quarter
   * of it at first. Default 0.
   */
  readonly ahead?: number | undefined;
}

/** Most blocks between two that are asked for, which nobody asked for and which are read along. */
const BRIDGED_GAP = 2;
/** Longest read in which blocks that nobody asked for are read along: sooner there than in a request of its own. */
const BRIDGED_MOST = 1024 * 1024;

interface Settle {
  readonly resolve: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly reject: (reason: unknown) => void;
}

function deferred(): { readonly promise: Promise<Uint8Array<ArrayBuffer>>; readonly settle: Settle } {
  let settle: Settle | undefined;
  const promise = new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, settle: settle! };
}

/**
 * `source` with the blocks it has read kept in memory, for readers that ask for many small pieces. Blocks being
 * read are shared between callers; a failure is forgotten, so that the next read tries again.
 */
export function cached(
  source: Source,
  { blockSize = 64 * 1024, capacity = 32 * 1024 * 1024, together = false, ahead = 0 }: CacheOptions = {},
): Source {
  const blocks = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  const most = Math.max(1, Math.floor(capacity / blockSize));

  /** Blocks asked for in this turn, with what settles their promises. */
  let queued = new Map<number, Settle>();

  /** Reads a run of blocks in one go; `asked` are those that somebody waits for, the others lie between them. */
  const load = (first: number, last: number, asked: ReadonlyMap<number, Settle>): void => {
    const start = first * blockSize;
    const run = source.read(start, Math.min(source.size, (last + 1) * blockSize) - start);
    for (let block = first; block <= last; block++) {
      const at = block * blockSize - start;
      // A copy: a block must not keep the whole run alive.
      const bytes = run.then((all) => (first === last ? all : all.slice(at, at + blockSize)));
      const waiting = asked.get(block);
      if (waiting !== undefined) bytes.then(waiting.resolve, waiting.reject);
      else if (blocks.has(block)) bytes.catch(() => {});
      else remember(block, bytes);
    }
  };

  const remember = (block: number, bytes: Promise<Uint8Array<ArrayBuffer>>): void => {
    blocks.set(block, bytes);
    bytes.catch(() => {
      if (blocks.get(block) === bytes) blocks.delete(block);
    });
  };

  /** Reads what was asked for: neighbours, and perhaps those with little between them, together. */
  const flush = (): void => {
    const asked = queued;
    queued = new Map();
    const order = [...asked.keys()].sort((a, b) => a - b);
    for (let i = 0; i < order.length; i++) {
      const first = order[i]!;
      let last = first;
      for (; i + 1 < order.length; i++) {
        const next = order[i + 1]!;
        const bridged =
          together && next - last - 1 <= BRIDGED_GAP && (next - first) * blockSize < BRIDGED_MOST;
        if (next !== last + 1 && !bridged) break;
        last = next;
      }
      load(first, last, asked);
    }
  };

  const enqueue = (block: number): void => {
    if (together && queued.size === 0) queueMicrotask(flush);
    const { promise, settle } = deferred();
    queued.set(block, settle);
    remember(block, promise);
  };

  /** The last block to read for a read that ends in `last`: more the longer the row of blocks before it is. */
  const aheadOf = (first: number, last: number): number => {
    const furthest = Math.floor(ahead / blockSize);
    // Who asks for much at once does not go on piece by piece.
    if (last - first >= furthest || blocks.has(last) || !blocks.has(first - 1)) return last;
    let before = 1;
    while (before < furthest && blocks.has(first - 1 - before)) before++;
    return Math.min(last + Math.max(before, furthest >> 2), Math.ceil(source.size / blockSize) - 1);
  };

  const readAhead = (first: number, last: number): void => {
    for (let block = first; block <= last && !blocks.has(block); block++) enqueue(block);
  };

  const blocksOf = (first: number, last: number): Promise<Uint8Array<ArrayBuffer>>[] => {
    const furthest = aheadOf(first, last);
    for (let block = first; block <= last; block++) {
      const known = blocks.get(block);
      if (known === undefined) enqueue(block);
      else {
        // Put last: the map's order is the order of use.
        blocks.delete(block);
        blocks.set(block, known);
      }
    }
    readAhead(last + 1, furthest);
    if (!together) flush();
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
