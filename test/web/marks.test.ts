import { describe, expect, test } from "vitest";
import { markStart, marks } from "../../web/marks.ts";
import type { Ruler } from "../../web/protocol.ts";

const plain: Ruler = { count: 100, start: 0, pitch: 20, size: 16, band: 100, bandGap: 0 };

describe("a ruler", () => {
  test("writes every mark that has room", () => {
    expect(marks(plain, 0, 100, 18, null)).toEqual([0, 1, 2, 3, 4]);
  });

  test("thins to round steps and starts where the view does", () => {
    expect(marks(plain, 1000, 1400, 34, null)).toEqual([50, 52, 54, 56, 58, 60, 62, 64, 66, 68]);
    expect(marks(plain, 0, 2000, 90, null)).toEqual(Array.from({ length: 20 }, (_, index) => index * 5));
  });

  test("always writes the active one and makes room for it", () => {
    expect(marks(plain, 0, 200, 34, 3)).toEqual([0, 6, 8, 3]);
    expect(marks(plain, 0, 200, 34, 70)).toEqual([0, 2, 4, 6, 8]);
  });

  test("knows the gaps between groups", () => {
    const bands: Ruler = { count: 8, start: 10, pitch: 10, size: 8, band: 4, bandGap: 30 };
    expect([0, 3, 4, 7].map((index) => markStart(bands, index))).toEqual([10, 40, 80, 110]);
    expect(marks(bands, 75, 130, 5, null)).toEqual([3, 4, 5, 6, 7]);
    expect(marks(bands, 0, 1000, 5, null)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
