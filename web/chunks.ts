import type { Rect } from "./protocol.ts";

/** Pixels of a chunk's side: what one request to the worker paints at least. */
export const CHUNK = 256;
/** A picture with no more pixels than this is held whole by its canvas (32 MB), so scrolling never waits. */
export const WHOLE_PIXELS = 8 * 1024 * 1024;
/** Longest side of a canvas that every browser still draws. */
export const LONGEST_SIDE = 8192;

/**
 * The part of a picture that its canvas holds: all of it when it is small, else what is visible and a quarter
 * of it more on every side, in whole chunks. The current window stays while it still covers what is visible.
 */
export function windowFor(
  picture: { readonly width: number; readonly height: number },
  visible: Rect,
  current: Rect | null,
): Rect {
  const { width, height } = picture;
  if (width * height <= WHOLE_PIXELS && Math.max(width, height) <= LONGEST_SIDE)
    return { x: 0, y: 0, width, height };
  const seen = intersect(visible, { x: 0, y: 0, width, height });
  if (current !== null && (seen === null || contains(current, seen))) return current;
  const [x, wide] = span(visible.x, visible.width, width);
  const [y, high] = span(visible.y, visible.height, height);
  return { x, y, width: wide, height: high };
}

function span(start: number, length: number, all: number): readonly [start: number, length: number] {
  const side = Math.min(LONGEST_SIDE, Math.ceil((1.5 * length) / CHUNK + 1) * CHUNK);
  if (side >= all) return [0, all];
  const first = Math.floor((start - length / 4) / CHUNK) * CHUNK;
  const last = Math.ceil((all - side) / CHUNK) * CHUNK;
  const from = Math.max(0, Math.min(last, first));
  return [from, Math.min(side, all - from)];
}

/** The strips of `window` to ask for, a row of missing chunks each, the nearest to the middle of `visible` first. */
export function missingStrips(window: Rect, visible: Rect, painted: ReadonlySet<string>): readonly Rect[] {
  const strips: Rect[] = [];
  const right = window.x + window.width;
  const bottom = window.y + window.height;
  for (let y = window.y; y < bottom; y += CHUNK) {
    const height = Math.min(CHUNK, bottom - y);
    let from: number | null = null;
    for (let x = window.x; x < right; x += CHUNK) {
      const missing = !painted.has(chunkKey(x, y));
      if (missing && from === null) from = x;
      if (!missing && from !== null) {
        strips.push({ x: from, y, width: x - from, height });
        from = null;
      }
    }
    if (from !== null) strips.push({ x: from, y, width: right - from, height });
  }
  const middle = visible.y + visible.height / 2;
  const distance = (strip: Rect): number => Math.abs(strip.y + strip.height / 2 - middle);
  return strips.sort((one, other) => distance(one) - distance(other));
}

/** The names of the chunks that `strip` covers. */
export function chunksOf(strip: Rect): readonly string[] {
  const keys: string[] = [];
  for (let y = strip.y; y < strip.y + strip.height; y += CHUNK) {
    for (let x = strip.x; x < strip.x + strip.width; x += CHUNK) keys.push(chunkKey(x, y));
  }
  return keys;
}

/** The common part of two rectangles, null when they do not meet. */
export function intersect(one: Rect, other: Rect): Rect | null {
  const x = Math.max(one.x, other.x);
  const y = Math.max(one.y, other.y);
  const width = Math.min(one.x + one.width, other.x + other.width) - x;
  const height = Math.min(one.y + one.height, other.y + other.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

function contains(outer: Rect, inner: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function chunkKey(x: number, y: number): string {
  return `${x},${y}`;
}
