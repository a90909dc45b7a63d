import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  channelsOf,
  type Glyphs,
  levelOf,
  loadGlyphs,
  type Montage,
  montage,
  rasterize,
  rasterizeRows,
  rgbaOf,
  scaleOf,
} from "../../src/index.ts";
import { kernelOf, noiseKernel } from "../pictures.ts";

const glyphs: Glyphs = await loadGlyphs();

describe("rasterize", () => {
  it("paints every cell with the level of its weight, for any shape and arrangement", () => {
    const shapes = fc.tuple(...[5, 5, 4, 4, 7].map((max) => fc.integer({ min: 1, max })));
    const options = fc.record({
      sliceAxis: fc.constantFrom("depth", "height", "width"),
      arrange: fc.constantFrom("aligned", "seed"),
      normalize: fc.constantFrom("kernel", "filter", "slice"),
      cell: fc.integer({ min: 1, max: 5 }),
      gap: fc.integer({ min: 0, max: 3 }),
      labels: fc.boolean(),
    });
    fc.assert(
      fc.property(shapes, options, fc.boolean(), (shape, how, double) => {
        const noise = noiseKernel(shape as unknown as [number, number, number, number, number]);
        const kernel = double ? kernelOf(noise.shape, Float64Array.from(noise.weights)) : noise;
        const picture = montage(kernel, how as Parameters<typeof montage>[1]);
        const raster = rasterize(picture, glyphs);
        for (let y = 0; y < picture.height; y++) {
          for (let x = 0; x < picture.width; x++) {
            const weight = picture.pixelToWeight(x, y);
            if (weight === null) continue;
            const range = picture.rangeOf(weight.out, weight.in, weight.depth);
            const level = levelOf(weight.value, scaleOf(range, !double));
            const at = (y * raster.width + x) * raster.channels;
            if (raster.pixels[at] !== level)
              expect.fail(`${raster.pixels[at]} instead of ${level} at ${x}, ${y}`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same pixels in bands of any height", () => {
    const frozen = {
      depth: [true, false, false],
      height: [false, false, false],
      width: [false, true, false],
    };
    const kernel = noiseKernel([3, 4, 3, 3, 3], { frozen });
    kernel.weights[7] = Number.NaN;
    for (const options of [
      { cell: 3, labels: true },
      { cell: 7 },
      { cell: 1, colormap: "magma" },
      { cell: 4, rgb: false, min: -0.1, max: 0.1 },
    ] as const) {
      const picture = montage(kernel, options);
      const whole = rasterize(picture, glyphs);
      for (const band of [1, 2, 7, picture.height]) {
        for (let y = 0; y < picture.height; y += band) {
          const end = Math.min(picture.height, y + band);
          const rows = new Uint8Array((end - y) * picture.width * whole.channels);
          rasterizeRows(picture, y, end, rows, glyphs);
          expect(
            Buffer.compare(
              rows,
              whole.pixels.subarray(y * picture.width * whole.channels, end * picture.width * whole.channels),
            ),
          ).toBe(0);
        }
      }
    }
  });

  it("is gray where every pixel is, and only there", () => {
    const kernel = noiseKernel([4, 3, 1, 3, 3]);
    const channels = (options: Parameters<typeof montage>[1], weights = kernel.weights): number =>
      channelsOf(montage({ ...kernel, weights }, options));
    expect(channels({})).toBe(1);
    expect(channels({ labels: true })).toBe(1);
    expect(channels({ min: -0.1, max: 0.1 })).toBe(1);
    expect(channels({ labels: true, normalize: "slice" })).toBe(3);
    expect(channels({ colormap: "viridis" })).toBe(3);
    expect(channels({ rgb: true })).toBe(3);
    expect(
      channels(
        {},
        Float32Array.from(kernel.weights, (weight, i) => (i === 3 ? Number.NaN : weight)),
      ),
    ).toBe(3);
  });

  it("marks what is no plain weight, never leaving it the colour of one", () => {
    const weights = Float32Array.of(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -9,
      9,
      0.5,
    );
    const kernel = kernelOf([1, 1, 1, 1, 6], weights);
    for (const cell of [1, 2, 3, 4, 5, 8, 13]) {
      const picture = montage(kernel, { cell, min: -1, max: 1 });
      const looks = Array.from({ length: 6 }, (_, i) => cellPixels(picture, i));
      expect(new Set(looks).size, `cell ${cell}`).toBe(6);
      // At one to three pixels a weight, those out of range have the ends' colours and are counted only.
      const white = Array.from({ length: cell * cell }, () => "255,255,255").join(" ");
      expect(looks[4] === white).toBe(cell < 4);
    }
    expect(montage(kernel, { min: -1, max: 1 }).counts).toMatchObject({
      nan: 1,
      infinite: 2,
      below: 1,
      above: 1,
    });
  });

  it("draws zero as mid-gray in RGB and each filter by its own largest weight", () => {
    const kernel = kernelOf([1, 3, 1, 1, 3], Float32Array.of(0, 2, -2, 0, 1, -2, 0, -1, -2));
    const raster = rasterize(montage(kernel, { rgb: true, cell: 1 }));
    expect([...raster.pixels]).toEqual([128, 128, 128, 255, 192, 64, 0, 0, 0]);
  });

  it("draws frozen frames in the gaps, never on a tile", () => {
    const frozen = { depth: [false, true, false], height: [false, false, true], width: [true, false, false] };
    const framed = montage(noiseKernel([2, 3, 3, 3, 3], { frozen }), { cell: 6, gap: 6 });
    const bare = rasterize(framed);
    const caution = "240,176,64";
    let amber = 0;
    for (let y = 0; y < bare.height; y++) {
      for (let x = 0; x < bare.width; x++) {
        const at = 3 * (y * bare.width + x);
        if (bare.pixels.subarray(at, at + 3).join() !== caution) continue;
        amber++;
        expect(framed.tileAt(x, y)).toBeNull();
      }
    }
    expect(amber).toBeGreaterThan(500);
  });

  it("refuses what it cannot do, in a sentence", () => {
    const huge = montage(noiseKernel([512, 512, 1, 1, 1]), { cell: 100 });
    expect(() => rasterize(huge)).toThrow(/51200 × 51200 pixels, more than is held at once/);
    const small = montage(noiseKernel([1, 1, 1, 3, 3]), { cell: 2 });
    expect(() => rasterizeRows(small, 0, 7, new Uint8Array(99))).toThrow(
      /Rows 0 to 7 are not all in a picture of 6 rows/,
    );
    expect(() => rasterizeRows(small, 0, 6, new Uint8Array(35))).toThrow(
      /6 rows of 6 bytes do not fit into 35 bytes/,
    );
    expect(() => rasterize(montage(noiseKernel([1, 1, 1, 3, 3]), { labels: true }))).toThrow(/loadGlyphs/);
  });

  it("paints a band of a picture far larger than memory", () => {
    const huge = montage(noiseKernel([512, 512, 1, 1, 1]), { cell: 100 });
    const rows = new Uint8Array(2 * huge.width);
    rasterizeRows(huge, 51_100, 51_102, rows);
    expect(rows[0]).toBe(levelOf(huge.kernel.weights[511 * 512]!, scaleOf(huge.range!, true)));
  });

  it("turns into RGBA for a canvas", () => {
    expect([...rgbaOf({ width: 2, height: 1, channels: 1, pixels: Uint8Array.of(3, 200) })]).toEqual([
      3, 3, 3, 255, 200, 200, 200, 255,
    ]);
    expect([...rgbaOf({ width: 1, height: 1, channels: 3, pixels: Uint8Array.of(1, 2, 3) })]).toEqual([
      1, 2, 3, 255,
    ]);
  });
});

/** The pixels of the only row's cell `column`, as text. */
function cellPixels(picture: Montage, column: number): string {
  const raster = rasterize(picture);
  const rect = picture.weightToRect(0, 0, 0, 0, column);
  const pixels: string[] = [];
  for (let y = rect.y; y < rect.y + rect.height; y++) {
    for (let x = rect.x; x < rect.x + rect.width; x++) {
      const at = (y * raster.width + x) * raster.channels;
      pixels.push(raster.pixels.subarray(at, at + raster.channels).join());
    }
  }
  return pixels.join(" ");
}
