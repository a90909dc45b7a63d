import { ReadError } from "../errors.ts";
import type { Montage } from "../montage/montage.ts";
import type { Simd } from "../simd/simd.ts";
import { type Crc32, createAdler32, createCrc32 } from "./checksums.ts";
import { streamDeflate } from "./deflate.ts";
import { type Glyphs, loadGlyphs } from "./glyphs.ts";
import { channelsOf, createPainter, type Painter } from "./painter.ts";
import { type Indexed, indexColors } from "./palette.ts";
import type { PngOptions, WriteBytes } from "./png.ts";
import { montageText, textChunk } from "./png-text.ts";
import { type Raster, rasterize } from "./raster.ts";
import { createScanlines } from "./scanlines.ts";

/** PNG counts pixels with 31 bits. */
const LARGEST_SIDE = 2 ** 31 - 1;
/** Bytes of one row that are painted at once; wider pictures than that no viewer opens. */
const LARGEST_ROW = 2 ** 26;
/** RGB pictures of up to this many pixels are tried with a palette, which takes a second look at them. */
const PALETTE_PIXELS = 4_000_000;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const GRAY = 0;
const RGB = 2;
const INDEXED = 3;

/** See `writePng` of png.ts, which loads this file when a picture is to be written. */
export async function writePngFile(
  picture: Montage | Raster,
  write: WriteBytes,
  options: PngOptions = {},
): Promise<void> {
  const { signal, simd = null, crc32 = createCrc32() } = options;
  assertPngSize(picture);
  const { painter, cell, indexed } = await preparePainter(picture, options.glyphs ?? null, simd);
  const adler = createAdler32(simd);
  const scanlines = createScanlines(painter, cell, adler);
  const deflate = options.deflate ?? simd?.deflate ?? streamDeflate;
  const chunk = async (type: string, ...parts: readonly Uint8Array<ArrayBuffer>[]): Promise<void> => {
    for (const piece of chunkOf(type, parts, crc32)) await write(piece);
  };
  const text = options.text ?? ("kernel" in picture ? montageText(picture) : {});

  await write(Uint8Array.from(SIGNATURE));
  const color = indexed !== null ? INDEXED : painter.channels === 1 ? GRAY : RGB;
  await chunk("IHDR", uint32(painter.width), uint32(painter.height), Uint8Array.of(8, color, 0, 0, 0));
  if (indexed !== null) await chunk("PLTE", indexed.entries);
  for (const [keyword, value] of Object.entries(text)) {
    const { type, data } = textChunk(keyword, value);
    await chunk(type, data);
  }
  // The zlib stream's two header bytes: deflate, 32 kB window, no dictionary.
  let lead = Uint8Array.of(0x78, 0x01);
  for await (const piece of deflate(scanlines)) {
    if (signal?.aborted === true)
      throw new ReadError("aborted", "Writing the picture was stopped.", { cause: signal.reason });
    await chunk("IDAT", lead, piece);
    lead = new Uint8Array(0);
  }
  await chunk("IDAT", lead, uint32(adler.value()));
  await chunk("IEND");
}

async function preparePainter(
  picture: Montage | Raster,
  given: Glyphs | null,
  simd: Simd | null,
): Promise<{ painter: Painter; cell: number; indexed: Indexed | null }> {
  if (!("kernel" in picture)) return rasterPainter(picture, 1);
  const glyphs = given ?? (picture.labels === null ? null : await loadGlyphs());
  const { cell } = picture.options;
  const small = picture.width * picture.height <= PALETTE_PIXELS;
  if (channelsOf(picture) === 3 && small) return rasterPainter(rasterize(picture, glyphs, simd), cell);
  return { painter: createPainter(picture, glyphs, simd), cell, indexed: null };
}

/** A painter that copies from a raster, or from its palette indices where 256 colours do. */
function rasterPainter(
  raster: Raster,
  cell: number,
): { painter: Painter; cell: number; indexed: Indexed | null } {
  const { width, height } = raster;
  const needed = width * height * raster.channels;
  if (raster.pixels.length !== needed) {
    throw new ReadError(
      "bad-option",
      `A raster of ${width} × ${height} × ${raster.channels} needs ${needed} bytes; got ${raster.pixels.length}.`,
    );
  }
  const indexed = width * height <= PALETTE_PIXELS ? indexColors(raster) : null;
  const channels = indexed === null ? raster.channels : 1;
  const pixels = indexed === null ? raster.pixels : indexed.indices;
  const stride = width * channels;
  const painter: Painter = {
    width,
    height,
    channels,
    repeats(y) {
      if (y === 0) return false;
      for (let i = y * stride; i < (y + 1) * stride; i++) if (pixels[i] !== pixels[i - stride]) return false;
      return true;
    },
    // Where a raster came from is not known, but a row that repeats may be followed by one that nearly does.
    continues: () => false,
    paintRow(y, into, offset) {
      into.set(pixels.subarray(y * stride, (y + 1) * stride), offset);
    },
  };
  return { painter, cell, indexed };
}

function assertPngSize({ width, height }: { readonly width: number; readonly height: number }): void {
  if (
    width >= 1 &&
    height >= 1 &&
    width <= LARGEST_SIDE &&
    height <= LARGEST_SIDE &&
    width * 3 <= LARGEST_ROW
  )
    return;
  throw new ReadError(
    "limit",
    `A PNG of ${width} × ${height} pixels cannot be written: a side has at most ${LARGEST_SIDE} pixels, a row at most ${Math.floor(LARGEST_ROW / 3)}. Use a smaller cell or gap, or fewer filters.`,
  );
}

/** The pieces of one chunk, which large parts pass through uncopied: length and type, data, CRC of type and data. */
function chunkOf(
  type: string,
  parts: readonly Uint8Array<ArrayBuffer>[],
  crc32: Crc32,
): readonly Uint8Array<ArrayBuffer>[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = new Uint8Array(8);
  head.set(uint32(length));
  for (let i = 0; i < 4; i++) head[4 + i] = type.charCodeAt(i);
  let crc = crc32(head.subarray(4), 0);
  for (const part of parts) crc = crc32(part, crc);
  return [head, ...parts.filter((part) => part.length > 0), uint32(crc)];
}

function uint32(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
