import { BLOCK_BYTES } from "./block-cache.ts";

/** How much is fetched beyond what was missed. */
export interface WindowLimits {
  /** Bytes fetched for a miss that stands alone. */
  readonly least: number;
  /** Bytes fetched at most for misses that follow each other. */
  readonly most: number;
}

/** Headers and trees: one object's metadata fit into two blocks. */
export const METADATA_WINDOW: WindowLimits = { least: 2 * BLOCK_BYTES, most: 1024 ** 2 };

/** Chunks of values, which mostly follow each other; every miss repeats the read of its whole box. */
export const VALUES_WINDOW: WindowLimits = { least: 256 * 1024, most: 8 * 1024 ** 2 };

/** Turns misses into ranges to fetch. */
export type FetchWindow = (
  offset: number,
  length: number,
) => { readonly offset: number; readonly length: number };

/**
 * Ranges of whole blocks around misses in a file of `size` bytes. A miss right after the last range doubles the
 * next one, so that what is scattered costs little and what is long takes few fetches.
 */
export function createFetchWindow(
  size: number,
  { least, most }: WindowLimits = METADATA_WINDOW,
): FetchWindow {
  let lastEnd = -1;
  let bytes = least;
  return (offset, length) => {
    const start = offset - (offset % BLOCK_BYTES);
    bytes = start === lastEnd ? Math.min(bytes * 2, most) : least;
    const wanted = Math.max(offset + length, start + bytes);
    const end = Math.min(size, Math.ceil(wanted / BLOCK_BYTES) * BLOCK_BYTES);
    lastEnd = end;
    return { offset: start, length: end - start };
  };
}
