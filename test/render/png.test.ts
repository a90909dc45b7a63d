import { crc32 as nodeCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Deflate,
  encodePng,
  isReadError,
  loadGlyphs,
  type Montage,
  montage,
  type Raster,
  rasterize,
  writePng,
} from "../../src/index.ts";
import { createAdler32, createCrc32 } from "../../src/render/checksums.ts";
import { kernelOf, noiseKernel } from "../pictures.ts";
import { readPng } from "../read-png.ts";

const glyphs = await loadGlyphs();

/** The pixels of a raster, three bytes each. */
function rgbOf({ pixels, channels }: Raster): Uint8Array {
  return channels === 3
    ? pixels
    : Uint8Array.from({ length: 3 * pixels.length }, (_, i) => pixels[Math.floor(i / 3)]!);
}

async function expectSamePixels(picture: Montage, colorType: number): Promise<void> {
  const png = readPng(await encodePng(picture));
  const raster = rasterize(picture, glyphs);
  expect([png.width, png.height, png.colorType]).toEqual([picture.width, picture.height, colorType]);
  expect(Buffer.compare(png.rgb, rgbOf(raster))).toBe(0);
}

describe("encodePng", () => {
  it("holds the raster's pixels: gray, palette or RGB by what they need", async () => {
    const kernel = noiseKernel([6, 5, 3, 3, 3]);
    await expectSamePixels(montage(kernel, { cell: 1 }), 0);
    await expectSamePixels(montage(kernel, { cell: 5 }), 0);
    await expectSamePixels(montage(kernel, { cell: 4, labels: true }), 0);
    await expectSamePixels(montage(noiseKernel([2, 2, 3, 3, 3]), { cell: 4, colormap: "viridis" }), 3);
    await expectSamePixels(montage(noiseKernel([48, 3, 1, 7, 7]), { cell: 3, rgb: true }), 2);
    // 256 colours and the ground are one too many for a palette.
    const ramp = kernelOf(
      [16, 16, 1, 3, 3],
      Float32Array.from({ length: 2304 }, (_, i) => i),
    );
    await expectSamePixels(montage(ramp, { cell: 3, colormap: "signed" }), 2);
  });

  it("encodes a raster that is not a montage's", async () => {
    const raster = {
      width: 3,
      height: 2,
      channels: 3,
      pixels: Uint8Array.from({ length: 18 }, (_, i) => i * 13),
    } as const;
    expect([...readPng(await encodePng(raster)).rgb]).toEqual([...raster.pixels]);
    await expect(encodePng({ ...raster, width: 4 })).rejects.toThrow(/needs 24 bytes; got 18/);
  });

  it("says what it shows: layer, range, normalisation, as sentences and as JSON", async () => {
    const picture = montage(noiseKernel([2, 4, 3, 3, 3], { name: "conv3d_12" }), {
      normalize: "slice",
      colormap: "magma",
    });
    const { text, chunks } = readPng(await encodePng(picture));
    expect(text.Title).toBe("conv3d_12");
    expect(text.Description).toContain("Each slice has its own scale: brightness is not comparable");
    expect(JSON.parse(text.kernelscope!)).toMatchObject({
      layer: "conv3d_12",
      shape: [2, 4, 3, 3, 3],
      range: null,
      normalize: "slice",
      colormap: "magma",
    });
    expect(chunks[0]).toBe("IHDR");
    expect(
      JSON.parse(readPng(await encodePng(montage(noiseKernel([1, 1, 1, 3, 3])))).text.kernelscope!).range.min,
    ).toBeLessThan(0);
  });

  it("writes names of every script, and no control character or NUL", async () => {
    const name = "層 \u202e\u0000 <b>";
    const { text, chunks } = readPng(await encodePng(montage(noiseKernel([1, 1, 1, 3, 3], { name }))));
    expect(text.Title).toBe("層 \\u202e\\x00 <b>");
    expect(chunks).toContain("iTXt");
    expect(JSON.parse(text.kernelscope!).layer).toBe(name);
  });

  it("takes other text, and refuses keywords that PNG does not allow", async () => {
    const raster = { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(7) } as const;
    expect(readPng(await encodePng(raster, { text: { Author: "me" } })).text).toEqual({ Author: "me" });
    for (const keyword of ["", " a", "a ", "a  b", "x".repeat(80), "é\n"]) {
      await expect(encodePng(raster, { text: { [keyword]: "" } })).rejects.toThrow(/no PNG keyword/);
    }
  });

  it("refuses what PNG cannot hold, and what was aborted", async () => {
    const huge = { width: 2 ** 31, height: 1, channels: 1, pixels: new Uint8Array(0) } as const;
    await expect(encodePng(huge)).rejects.toThrow(/a side has at most 2147483647 pixels/);
    await expect(encodePng({ ...huge, width: 2 ** 30 })).rejects.toThrow(/Use a smaller cell or gap/);
    const stopped = encodePng(montage(noiseKernel([4, 4, 1, 3, 3])), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toSatisfy((error) => isReadError(error, "aborted"));
  });

  it("hands over pieces, waits for whoever writes them, and ends with whoever fails", async () => {
    const picture = montage(noiseKernel([64, 64, 1, 3, 3]), { cell: 2 });
    let writing = false;
    const pieces: Uint8Array[] = [];
    await writePng(picture, async (bytes) => {
      expect(writing).toBe(false);
      writing = true;
      await Promise.resolve();
      pieces.push(bytes);
      writing = false;
    });
    expect(Buffer.compare(readPng(Buffer.concat(pieces)).rgb, rgbOf(rasterize(picture)))).toBe(0);
    const full = (): never => {
      throw new Error("disk full");
    };
    await expect(writePng(picture, full)).rejects.toThrow("disk full");
    const broken: Deflate = async function* () {
      yield Uint8Array.of(1);
      throw new Error("no deflate");
    };
    await expect(encodePng(picture, { deflate: broken })).rejects.toThrow("no deflate");
  });
});

describe("checksums", () => {
  it("equal zlib's, in any split", () => {
    const crc32 = createCrc32();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.uint8Array({ maxLength: 50 }), (a, b) => {
        expect(crc32(b, crc32(a, 0))).toBe(nodeCrc32(Buffer.concat([a, b])));
      }),
    );
    const adler = createAdler32();
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7919) & 255);
    adler.add(bytes, 0, 9_999);
    adler.addZeros(70_000);
    adler.add(bytes, 9_999, 20_000);
    const whole = new Uint8Array(90_000);
    whole.set(bytes.subarray(0, 9_999));
    whole.set(bytes.subarray(9_999), 79_999);
    let [a, b] = [1, 0];
    for (const byte of whole) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
    expect(adler.value()).toBe(b * 65536 + a);
  });
});
