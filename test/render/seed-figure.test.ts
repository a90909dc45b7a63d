import { describe, expect, it } from "vitest";
import { montage, rasterize } from "../../src/index.ts";
import { decodeWeights, kernelOf, readPictures } from "../pictures.ts";

const { seedFigure } = readPictures();
const kernel = kernelOf(seedFigure.shape, decodeWeights(seedFigure.weights, "float32"), {
  name: "conv3d_12",
});

describe("the seed's figure", () => {
  const picture = montage(kernel, {
    arrange: "seed",
    normalize: "slice",
    sliceAxis: "width",
    cell: 1,
    gap: 1,
  });
  const raster = rasterize(picture);

  it("has 24 tiles, each where pyplot puts its subplot", () => {
    expect(picture.tileCount).toBe(24);
    seedFigure.tiles.forEach((tile, i) => {
      const ours = picture.tile(i);
      expect([ours.out, ours.in, ours.depth]).toEqual([tile.out, tile.in, tile.slice]);
      expect([ours.y / 4, ours.x / 4]).toEqual([tile.row, tile.column]);
    });
  });

  it("shows in each tile what imshow shows, level for level", () => {
    expect(raster.channels).toBe(1);
    for (const [i, tile] of seedFigure.tiles.entries()) {
      const { x, y } = picture.tile(i);
      const levels = Array.from(
        { length: 9 },
        (_, at) => raster.pixels[(y + Math.floor(at / 3)) * raster.width + x + (at % 3)],
      );
      expect(levels, `tile ${i}`).toEqual(tile.levels);
    }
  });
});
