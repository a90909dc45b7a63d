import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodePng, loadSimd, montage, rasterize } from "../../src/index.ts";
import { nodeDeflate } from "../../src/node/index.ts";
import { noiseKernel } from "../pictures.ts";
import { readPng } from "../read-png.ts";

const simd = await loadSimd();

describe("nodeDeflate", () => {
  it.each([
    ["a small picture", { cell: 2, gap: 1 }],
    ["a large picture", { cell: 6, gap: 1 }],
  ])("writes the pixels of %s, with SIMD or without", async (_, options) => {
    const picture = montage(noiseKernel([160, 160, 1, 3, 3]), options);
    const { pixels } = rasterize(picture);
    for (const given of [simd, null]) {
      const tools = {
        simd: given,
        deflate: nodeDeflate(given),
        crc32: (bytes: Uint8Array, crc: number) => crc32(bytes, crc),
      };
      const { rgb } = readPng(await encodePng(picture, tools));
      expect(Buffer.from(rgb.filter((__, i) => i % 3 === 0)).equals(pixels)).toBe(true);
    }
  });

  it("makes small pictures small", async () => {
    const picture = montage(noiseKernel([2, 4, 3, 3, 3]), { cell: 32, labels: true });
    const ours = await encodePng(picture, { deflate: nodeDeflate(simd) });
    const fast = await encodePng(picture, { simd });
    expect(ours.length).toBeLessThan(fast.length);
    expect(Buffer.compare(readPng(ours).rgb, readPng(fast).rgb)).toBe(0);
  });
});
