import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHUNK, chunksOf, LONGEST_SIDE, missingStrips, WHOLE_PIXELS, windowFor } from "../../web/chunks.ts";
import type { Rect } from "../../web/protocol.ts";

const small = { width: 1200, height: 900 };
const huge = { width: 46_000, height: 15_000 };
const screen = (x: number, y: number): Rect => ({ x, y, width: 1700, height: 1500 });

describe("the window of a canvas", () => {
  test("is the whole of a small picture, wherever it is scrolled to", () => {
    expect(windowFor(small, screen(0, 0), null)).toEqual({ x: 0, y: 0, ...small });
    expect(windowFor(small, screen(300, 500), null)).toEqual({ x: 0, y: 0, ...small });
  });

  test("stays while it covers what is seen, then moves", () => {
    const first = windowFor(huge, screen(10_000, 4000), null);
    expect(windowFor(huge, screen(10_100, 4100), first)).toBe(first);
    const next = windowFor(huge, screen(13_000, 4000), first);
    expect(next).not.toBe(first);
    expect([next.width, next.height]).toEqual([first.width, first.height]);
  });

  test("covers what is seen, stays in bounds and within a canvas's limits, in whole chunks", () => {
    const side = fc.integer({ min: 1, max: 300_000 });
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const seen = fc.integer({ min: 1, max: 3800 });
    fc.assert(
      fc.property(side, side, part, part, seen, seen, (width, height, right, down, wide, high) => {
        const x = Math.floor(right * Math.max(0, width - wide));
        const y = Math.floor(down * Math.max(0, height - high));
        const held = windowFor({ width, height }, { x, y, width: wide, height: high }, null);
        expect(held.x).toBeLessThanOrEqual(x);
        expect(held.y).toBeLessThanOrEqual(y);
        expect(held.x + held.width).toBeGreaterThanOrEqual(Math.min(width, x + wide));
        expect(held.y + held.height).toBeGreaterThanOrEqual(Math.min(height, y + high));
        expect(held.x + held.width).toBeLessThanOrEqual(width);
        expect(held.y + held.height).toBeLessThanOrEqual(height);
        expect(held.x % CHUNK).toBe(0);
        expect(held.y % CHUNK).toBe(0);
        expect(Math.max(held.width, held.height)).toBeLessThanOrEqual(Math.max(LONGEST_SIDE, 0));
        expect(held.width * held.height).toBeLessThanOrEqual(Math.max(WHOLE_PIXELS, LONGEST_SIDE ** 2));
      }),
    );
  });
});

describe("missing strips", () => {
  const window: Rect = { x: CHUNK, y: 0, width: 3 * CHUNK, height: 2 * CHUNK + 10 };

  test("cover every pixel once, nearest to the middle first", () => {
    const strips = missingStrips(window, { x: 0, y: 2 * CHUNK, width: 100, height: 10 }, new Set());
    expect(strips).toEqual([
      { x: CHUNK, y: 2 * CHUNK, width: 3 * CHUNK, height: 10 },
      { x: CHUNK, y: CHUNK, width: 3 * CHUNK, height: CHUNK },
      { x: CHUNK, y: 0, width: 3 * CHUNK, height: CHUNK },
    ]);
  });

  test("leave out what is painted", () => {
    const painted = new Set(chunksOf({ x: 2 * CHUNK, y: 0, width: CHUNK, height: 2 * CHUNK + 10 }));
    const strips = missingStrips(window, window, painted);
    expect(strips).toHaveLength(6);
    for (const strip of strips) expect(strip.width).toBe(CHUNK);
    for (const strip of strips) for (const key of chunksOf(strip)) painted.add(key);
    expect(missingStrips(window, window, painted)).toEqual([]);
  });
});
