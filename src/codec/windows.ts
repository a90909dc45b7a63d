import type { Source } from "../source/source.ts";

/** Bytes of a source that are in memory. */
export interface Window {
  readonly start: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A source read through windows; see `windowed`. */
export interface Windows {
  /** The window that was used last, when it holds `length` bytes from `offset`. */
  here(offset: number, length: number): Window | null;
  /** A window that holds `length` bytes from `offset`. */
  load(offset: number, length: number, signal?: AbortSignal): Promise<Window>;
}

/** Bytes of the first window after a jump: a header and what stands behind it. */
const SMALL = 2048;
/** Bytes of the largest window. */
const LARGE = 64 * 1024;
/** Windows kept. */
const KEPT = 160;
/** Bytes before a place that is foretold: names of different lengths shift it. */
const BEFORE = 256;
/** Bytes of small tensors that may stand between large ones of a length that is foretold. */
const BETWEEN = 16 * 1024;
/** Places foretold at first, and at most. */
const FORETOLD_FIRST = 8;
const FORETOLD_MOST = 64;

interface Foretold {
  readonly start: number;
  readonly end: number;
  readonly window: Promise<Window>;
}

/**
 * `source` for a reader that goes through it from front to back, jumping over what it does not want: small windows
 * after a jump, larger ones as long as it reads on. Layers of equal size make jumps of equal length: where the next
 * ones will land is then read at the same time, so that a list over a slow connection costs few round trips.
 * `known` are bytes that are there already, such as a probe's.
 */
export function windowed(source: Source, known: readonly Window[]): Windows {
  const kept: Window[] = [];
  let foretold: Foretold[] = [];
  let current: Window | null = null;
  /** Where the reader last looked, where its last jump landed, and how long that was. */
  let looked = 0;
  let landed: number | null = null;
  let step = 0;
  let jumps = 0;
  /** Bytes that were looked at between the last two jumps. */
  let span = 0;
  let count = FORETOLD_FIRST;
  let hits = 0;
  let size = SMALL;

  const read = async (start: number, length: number, signal?: AbortSignal): Promise<Window> => {
    const bytes = await source.read(start, Math.min(length, source.size - start), signal);
    const window = { start, bytes };
    kept.push(window);
    if (kept.length > KEPT) kept.shift();
    return window;
  };

  const foretell = (from: number, signal: AbortSignal | undefined): void => {
    foretold = [];
    for (let k = 1; k <= count; k++) {
      const start = from + k * step - BEFORE;
      const length = Math.min(LARGE, BEFORE + span + SMALL);
      if (start + length > source.size) break;
      const window = read(start, length, signal);
      // Whoever needs it asks again.
      window.catch(() => {});
      foretold.push({ start, end: start + length, window });
    }
  };

  /** Notes a long jump to `offset`; when it is like the one before and was not foretold, the next ones are. */
  const jump = (offset: number, isNew: boolean, signal: AbortSignal | undefined): void => {
    const length = offset - (landed ?? looked);
    // The first step leaves out what small tensors stand between.
    const alike = jumps === 0 || Math.abs(length - step) <= (jumps === 1 ? BETWEEN : BEFORE / 2);
    jumps++;
    span = landed === null ? 0 : Math.min(BETWEEN / 4, looked - landed);
    landed = offset;
    step = length;
    if (!isNew || !alike) return;
    // What came true is gone on with further; what did not starts again.
    count = hits > 0 ? Math.min(FORETOLD_MOST, count * 8) : FORETOLD_FIRST;
    hits = 0;
    foretell(offset, signal);
  };

  return {
    here(offset, length) {
      if (current === null || !holds(current, offset, length)) return null;
      looked = offset;
      return current;
    },
    async load(offset, length, signal) {
      const end = current === null ? 0 : current.start + current.bytes.length;
      const follows = current !== null && current.start <= offset && offset <= end + SMALL;
      const guess = foretold.find(({ start, end }) => start <= offset && offset + length <= end);
      if (guess !== undefined) hits++;
      const found = known.find((window) => holds(window, offset, length)) ?? null;
      if (offset - looked > LARGE && !follows) jump(offset, found === null && guess === undefined, signal);
      looked = offset;
      current =
        found ??
        kept.find((window) => holds(window, offset, length)) ??
        (await guess?.window.catch(() => null)) ??
        null;
      if (current !== null) return current;
      size = follows ? Math.min(LARGE, size * 2) : SMALL;
      const window = await read(offset, Math.max(length, size), signal);
      current = window;
      return window;
    },
  };
}

function holds({ start, bytes }: Window, offset: number, length: number): boolean {
  return start <= offset && offset + length <= start + bytes.length;
}
