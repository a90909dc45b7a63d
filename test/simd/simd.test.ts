import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodePng,
  loadSimd,
  type MontageOptions,
  montage,
  rasterize,
  streamDeflate,
} from "../../src/index.ts";
import { createAdler32 } from "../../src/render/checksums.ts";
import { kernelOf, noiseKernel } from "../pictures.ts";
import { readPng } from "../read-png.ts";

const simd = await loadSimd();

describe("SIMD", () => {
  it("is there on the platforms that we test on", () => {
    expect(simd).not.toBeNull();
  });

  it("finds the same ends as plain code, wherever they lie, NaN and infinity included", () => {
    const noise = noiseKernel([40, 50, 1, 7, 5]).weights;
    const odd = [
      [0, 9],
      [69_999, -9],
      [16_384, 8],
      [16_383, -8],
      [12_345, Number.NaN],
      [69_998, Number.POSITIVE_INFINITY],
      [69_993, Number.NEGATIVE_INFINITY],
    ] as const;
    for (const [index, weight] of odd) {
      const weights = Float32Array.from(noise);
      weights[index] = weight;
      for (const normalize of ["kernel", "slice"] as const) {
        const kernel = kernelOf([40, 50, 1, 7, 5], weights);
        const [fast, plain] = [montage(kernel, { normalize }, simd), montage(kernel, { normalize })];
        expect([fast.range, fast.counts]).toEqual([plain.range, plain.counts]);
      }
    }
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 70 }), (values) => {
        const weights = Float32Array.from(values);
        const { low, high } = simd!.survey(weights, 1);
        // Which of the two zeros it is does not matter.
        expect([low + 0, high + 0]).toEqual([Math.min(...weights) + 0, Math.max(...weights) + 0]);
      }),
    );
  });

  it("notices a constant slice anywhere, in slices of any size", () => {
    for (const shape of [
      [40, 50, 5, 7, 5],
      [700, 100, 1, 1, 2],
      [3, 2, 2, 130, 131],
      [70_000, 1, 1, 1, 1],
    ] as const) {
      const noise = noiseKernel(shape).weights;
      const size = shape[3] * shape[4];
      const slices = noise.length / size;
      for (const slice of [null, 0, 1, Math.floor(slices / 2), slices - 1]) {
        const weights = Float32Array.from(noise);
        if (slice !== null) weights.fill(0.5, slice * size, (slice + 1) * size);
        const kernel = kernelOf(shape, weights);
        const { counts } = montage(kernel, {}, simd);
        expect(counts).toEqual(montage(kernel).counts);
        expect(counts.constantSlices).toBe(slice === null || size === 1 ? 0 : 1);
      }
    }
  });

  it("paints the same pixels as plain code, for any shape, range and cell", () => {
    const shapes = [
      [97, 101, 1, 3, 3],
      [31, 37, 5, 5, 3],
      [129, 600, 1, 1, 1],
      [7, 1201, 2, 2, 4],
      [300, 1, 1, 15, 17],
    ] as const;
    for (const shape of shapes) {
      const kernel = noiseKernel(shape, {}, shape[0]);
      for (const options of [
        { cell: 1 },
        { cell: 3, gap: 1 },
        { cell: 1, arrange: "seed" },
        { cell: 1, symmetric: true, theme: "light" },
      ] as readonly MontageOptions[]) {
        const plain = rasterize(montage(kernel, options));
        const fast = rasterize(montage(kernel, options, simd), null, simd);
        expect(Buffer.compare(fast.pixels, plain.pixels)).toBe(0);
      }
    }
  });

  it("agrees at every edge between levels", () => {
    // A quarter of a level apart, and their neighbours among float32: 70,000 weights around all 256 edges.
    const weights = new Float32Array(70_000);
    const bits = new Int32Array(weights.buffer);
    for (let i = 0; i < weights.length; i++) {
      weights[i] = -0.3 + (0.7 * Math.floor(i / 7)) / 9_999;
      bits[i]! += (i % 7) - 3;
    }
    for (const shape of [
      [100, 100, 1, 1, 7],
      [10, 700, 1, 2, 5],
    ] as const) {
      const kernel = kernelOf(shape, weights);
      const plain = rasterize(montage(kernel, { cell: 1 }));
      const fast = rasterize(montage(kernel, { cell: 1 }, simd), null, simd);
      expect(Buffer.compare(fast.pixels, plain.pixels)).toBe(0);
    }
  });

  it("writes the same file, and by its own deflate one with the same pixels", async () => {
    const picture = montage(noiseKernel([128, 128, 1, 3, 3]), { cell: 1 });
    const [plain, fast, own] = await Promise.all([
      encodePng(picture),
      encodePng(picture, { simd, deflate: streamDeflate }),
      encodePng(picture, { simd }),
    ]);
    expect(Buffer.compare(fast, plain)).toBe(0);
    expect(Buffer.compare(readPng(own).rgb, readPng(plain).rgb)).toBe(0);
    expect(own.length).toBeLessThan(plain.length * 1.05);
  });

  it("sums bytes as Adler-32 does", () => {
    const worst = new Uint8Array(200_000).fill(255);
    const noise = Uint8Array.from(worst, (_, i) => (i * 2654435761) >>> 24);
    for (const bytes of [worst, noise]) {
      for (const [from, to] of [
        [0, 200_000],
        [1, 99_999],
        [5, 70],
        [8, 8],
        [3, 66],
      ] as const) {
        const [plain, fast] = [createAdler32(), createAdler32(simd)];
        for (const adler of [plain, fast]) {
          adler.add(bytes, 0, 1000);
          adler.add(bytes, from, to);
        }
        expect(fast.value()).toBe(plain.value());
      }
    }
  });
});
