import { BLOCK_BYTES } from "./block-cache.ts";

/** Bytes fetched for a miss that stands alone: metadata of one object fits. */
const LEAST = 2 * BLOCK_BYTES;
/** Bytes fetched at most beyond what was missed. */
const MOST = 1024 ** 2;

/** Turns misses into ranges to fetch. */
export type FetchWindow = (
  offset: number,
  length: number,
) => { readonly offset: number; readonly length: number };

/**
 * Ranges of whole blocks around misses in a file of `size` bytes. A miss right after the last range doubles the
 * next one, so that scattered metadata costs 8 kB a piece and a long structure few fetches.
 */
export function createFetchWindow(size: number): FetchWindow {
  let lastEnd = -1;
  let bytes = LEAST;
  return (offset, length) => {
    const start = offset - (offset % BLOCK_BYTES);
    bytes = start === lastEnd ? Math.min(bytes * 2, MOST) : LEAST;
    const wanted = Math.max(offset + length, start + bytes);
    const end = Math.min(size, Math.ceil(wanted / BLOCK_BYTES) * BLOCK_BYTES);
    lastEnd = end;
    return { offset: start, length: end - start };
  };
}
