import { crc32, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodePng, montage, rasterize } from "../../src/index.ts";
import { poolDeflate } from "../../src/node/index.ts";
import { noiseKernel } from "../pictures.ts";
import { readPng } from "../read-png.ts";

describe("poolDeflate", () => {
  it("joins bands to one stream with the same pixels as the platform's own", async () => {
    // 9.6 million bytes of rows: many bands, far more than are under way at once.
    const picture = montage(noiseKernel([160, 160, 1, 3, 3]), { cell: 6, gap: 1 });
    const tools = { deflate: poolDeflate, crc32: (bytes: Uint8Array, crc: number) => crc32(bytes, crc) };
    const [ours, platform] = await Promise.all([encodePng(picture, tools), encodePng(picture)]);
    const pixels = Buffer.from(readPng(ours).rgb.filter((_, i) => i % 3 === 0));
    expect(pixels.equals(rasterize(picture).pixels)).toBe(true);
    expect(Buffer.from(readPng(platform).rgb.filter((_, i) => i % 3 === 0)).equals(pixels)).toBe(true);
  });

  it("ends with a final block, also after a single short band", async () => {
    const rows = Uint8Array.from({ length: 1000 }, (_, i) => i);
    let given = false;
    const pieces: Uint8Array[] = [];
    const scanlines = {
      total: 1000,
      rowBytes: 1000,
      fill(band: Uint8Array): number {
        if (given) return 0;
        given = true;
        band.set(rows);
        return rows.length;
      },
    };
    for await (const piece of poolDeflate(scanlines)) pieces.push(piece);
    expect(inflateRawSync(Buffer.concat(pieces)).equals(rows)).toBe(true);
  });
});
