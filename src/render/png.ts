import type { Montage } from "../montage/montage.ts";
import type { Simd } from "../simd/simd.ts";
import type { Crc32 } from "./checksums.ts";
import type { Deflate } from "./deflate.ts";
import type { Glyphs } from "./glyphs.ts";
import type { Raster } from "./raster.ts";

/** What the platform can do faster, and what the file should say. */
export interface PngOptions {
  /** Default: that of `simd`, or else the platform's CompressionStream. */
  readonly deflate?: Deflate | undefined;
  /** Default: a table in plain code. */
  readonly crc32?: Crc32 | undefined;
  /** Paints large gray pictures and compresses all of them several times as fast; the same pixels. */
  readonly simd?: Simd | null | undefined;
  /** Text for the file, by keyword (1 to 79 Latin-1 characters); replaces what a montage says about itself. */
  readonly text?: Readonly<Record<string, string>> | undefined;
  /** Glyphs loaded before; otherwise they are loaded when the montage has labels. */
  readonly glyphs?: Glyphs | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Takes the next bytes of a file; what it returns is waited for. */
export type WriteBytes = (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;

/**
 * A montage or raster as the bytes of a PNG file: 8-bit gray where every pixel is gray, a palette where 256 colours
 * do, RGB otherwise, with the layer, the range and how it was normalised as text. Throws `limit` for a picture
 * beyond PNG's limits.
 *
 * @example
 * await writeFile("conv1.png", await encodePng(montage(kernel)));
 */
export async function encodePng(
  picture: Montage | Raster,
  options: PngOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  await writePng(picture, (bytes) => void pieces.push(bytes), options);
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * As `encodePng`, handing the file over in pieces as they are made: memory for a few bands is all that it takes,
 * however large the picture.
 */
export async function writePng(
  picture: Montage | Raster,
  write: WriteBytes,
  options: PngOptions = {},
): Promise<void> {
  const { writePngFile } = await import("./png-file.ts");
  await writePngFile(picture, write, options);
}
