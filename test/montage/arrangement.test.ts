import { describe, expect, it } from "vitest";
import { montage } from "../../src/index.ts";
import { noiseKernel } from "../pictures.ts";

describe("the aligned arrangement", () => {
  it("has a row per filter, a column per input, and an input's slices side by side", () => {
    const picture = montage(noiseKernel([2, 4, 3, 3, 3]), { cell: 10, gap: 2 });
    const [slice, block, row] = [32, 3 * 32 - 2 + 4, 32];
    for (const tile of picture.tiles()) {
      expect(tile.x).toBe(tile.in * block + tile.depth * slice);
      expect(tile.y).toBe(tile.out * row);
    }
    expect([picture.width, picture.height]).toEqual([4 * block - 4, 2 * row - 2]);
    expect(picture.tileCount).toBe(24);
  });

  it("lets cells of a pointwise kernel touch: it is a matrix", () => {
    const picture = montage(noiseKernel([5, 7, 1, 1, 1]), { cell: 3 });
    expect([picture.width, picture.height]).toEqual([21, 15]);
  });

  it("wraps a single input to a near-square grid, in the order of the filters", () => {
    const picture = montage(noiseKernel([64, 1, 1, 3, 3], { kind: "depthwise", groups: 64 }), {
      cell: 2,
      gap: 1,
    });
    expect(picture.grid.blocksAcross).toBe(8);
    expect(picture.tile(9)).toMatchObject({ out: 9, x: 7, y: 7 });
    // A depthwise multiplier stays in one row.
    const two = montage(noiseKernel([36, 1, 1, 3, 3], { kind: "depthwise", groups: 12 }), {
      cell: 2,
      gap: 1,
    });
    expect(two.grid.blocksAcross % 3).toBe(0);
  });

  it("keeps a few filters of one input as rows", () => {
    const picture = montage(noiseKernel([2, 1, 3, 3, 3]), { cell: 2, gap: 1 });
    expect(picture.grid.blocksAcross).toBe(1);
    expect(picture.tile(3)).toMatchObject({ out: 1, depth: 0, x: 0 });
  });

  it("separates groups and knows the inputs that each one sees", () => {
    const picture = montage(noiseKernel([6, 4, 1, 3, 3], { groups: 3 }), { cell: 2, gap: 1 });
    expect(picture.groups).toHaveLength(3);
    expect(picture.groups[2]).toMatchObject({ group: 2, out: 4, outCount: 2, in: 8, inCount: 4 });
    const [first, second] = picture.groups;
    expect(second!.y).toBeGreaterThan(first!.y + first!.height + 1);
    expect(picture.tile(8)).toMatchObject({ out: 2, in: 0, y: second!.y });
  });
});

describe("the seed's arrangement", () => {
  it("has as many columns as inputs, filled slice by slice", () => {
    const picture = montage(noiseKernel([2, 4, 3, 3, 3]), { arrange: "seed", cell: 1, gap: 1 });
    for (const [i, tile] of [...picture.tiles()].entries()) {
      expect([tile.x / 4, tile.y / 4]).toEqual([i % 4, Math.floor(i / 4)]);
    }
    expect([picture.width, picture.height]).toEqual([15, 23]);
  });

  it("follows the slice axis", () => {
    const kernel = noiseKernel([2, 2, 3, 4, 5]);
    for (const [sliceAxis, slices, rows, columns] of [
      ["depth", 3, 4, 5],
      ["height", 4, 3, 5],
      ["width", 5, 3, 4],
    ] as const) {
      const picture = montage(kernel, { arrange: "seed", sliceAxis, cell: 1 });
      expect(picture.tileCount).toBe(2 * 2 * slices);
      expect(picture.tile(0)).toMatchObject({ width: columns, height: rows });
    }
  });
});

describe("cells and gaps", () => {
  it("are chosen so that a picture can be read and is not huge", () => {
    for (const shape of [
      [1, 1, 1, 1, 1],
      [2, 4, 3, 3, 3],
      [64, 3, 1, 7, 7],
      [64, 64, 3, 3, 3],
      [128, 1, 1, 1, 512],
    ] as const) {
      const { width, height, options } = montage(noiseKernel(shape));
      expect(options.cell).toBeLessThanOrEqual(32);
      expect(options.cell === 1 || (width < 1600 && height < 2400)).toBe(true);
    }
    expect(montage(noiseKernel([2, 4, 3, 3, 3])).options.cell).toBe(32);
  });

  it("cost nothing for 786,432 slices until a tile is asked for", () => {
    const picture = montage(noiseKernel([512, 512, 3, 1, 1]));
    expect(picture.tileCount).toBe(786_432);
    expect(picture.tile(786_431)).toMatchObject({ out: 511, in: 511, depth: 2 });
  });
});
