import { describe, expect, it } from "vitest";
import { levelOf, montage, rasterize, scaleOf } from "../../src/index.ts";
import { NAN_CODE } from "../../src/tone/level.ts";
import { decodeWeights, kernelOf, readPictures } from "../pictures.ts";

const { levels: cases } = readPictures();

describe("levels", () => {
  it.each(cases)("are what imshow shows: $name", ({ dtype, weights, shape, vmin, vmax, levels }) => {
    const values = decodeWeights(weights, dtype);
    const finite = [...values].filter(Number.isFinite);
    const scale = scaleOf(
      { min: vmin ?? Math.min(...finite), max: vmax ?? Math.max(...finite) },
      dtype === "float32",
    );
    const ours = Array.from(values, (weight) => levelOf(weight, scale));
    expect(ours.map((level) => (level < 256 ? level : -1))).toEqual(levels);
    // And so does the painted tile, pixel by pixel, whichever painter it takes.
    const kernel = kernelOf([1, 1, 1, shape[0], shape[1]], values);
    const limits = vmin === null || vmax === null ? {} : { min: vmin, max: vmax };
    for (const cell of [1, 3]) {
      const raster = rasterize(montage(kernel, { normalize: "slice", cell, ...limits }));
      const middle = (cell - 1) / 2;
      levels.forEach((level, i) => {
        const [row, column] = [Math.floor(i / shape[1]), i % shape[1]];
        const at = ((row * cell + middle) * raster.width + column * cell + middle) * raster.channels;
        if (level >= 0)
          expect([...raster.pixels.subarray(at, at + raster.channels)]).toEqual(
            raster.channels === 1 ? [level] : [level, level, level],
          );
        else expect(raster.pixels[at + 1], "a mark is no gray").not.toBe(raster.pixels[at]);
      });
    }
  });

  it("draw a range without extent in the middle, whatever the weight", () => {
    const scale = scaleOf({ min: 2, max: 2 }, true);
    expect([1, 2, 3].map((weight) => levelOf(weight, scale))).toEqual([128, 128, 128]);
    expect(levelOf(Number.NaN, scale)).toBe(NAN_CODE);
  });

  it("survive ends whose difference is no double", () => {
    const scale = scaleOf({ min: -1.7e308, max: 1.7e308 }, false);
    expect([-1.7e308, -0.9e308, 0, 0.9e308, 1.7e308].map((weight) => levelOf(weight, scale))).toEqual([
      0, 60, 128, 195, 255,
    ]);
  });
});
