import { extname } from "node:path";
import * as zlib from "node:zlib";
import { loadSimd, type Montage, type PngOptions, ReadError, renderLargeSvg, writePng } from "../index.ts";
import { nodeDeflate } from "./png-deflate.ts";
import { type Content, type WriteOptions, writeWhole } from "./write-whole.ts";

/** Kinds of picture files. */
export type PictureFormat = "png" | "svg";

/** A montage as the content of a picture file, made while it is written: a few bands are all that is in memory. */
export function pictureContent(montage: Montage, format: PictureFormat, signal?: AbortSignal): Content {
  return async (write) => {
    const simd = await loadSimd();
    const options: PngOptions = { deflate: nodeDeflate(simd), simd, signal, ...fastCrc32() };
    if (format === "png") await writePng(montage, write, options);
    else await write(await renderLargeSvg(montage, options));
  };
}

/**
 * Writes a montage to a `.png` or `.svg` file, all or nothing.
 *
 * @returns the bytes written.
 * @throws ReadError `bad-option` for another ending, `limit` for a picture that the format cannot hold, and what
 * `writeWhole` throws.
 * @example
 * await writePicture("conv1.png", montage(await readKernel(layer), { labels: true }));
 */
export async function writePicture(
  path: string,
  montage: Montage,
  options: WriteOptions = {},
): Promise<number> {
  const ending = extname(path).toLowerCase();
  if (ending !== ".png" && ending !== ".svg") {
    throw new ReadError("bad-option", `A picture's name ends in .png or .svg, this one in "${ending}".`, {
      file: path,
    });
  }
  return writeWhole(
    path,
    pictureContent(montage, ending === ".png" ? "png" : "svg", options.signal),
    options,
  );
}

/** Node's own CRC-32, which came after the oldest Node that is supported. */
function fastCrc32(): Pick<PngOptions, "crc32"> {
  return typeof zlib.crc32 === "function" ? { crc32: (data, value) => zlib.crc32(data, value) } : {};
}
