import { ReadError } from "../errors.ts";
import type { Montage } from "../montage/montage.ts";
import { base64 } from "./base64.ts";
import { encodePng, type PngOptions } from "./png.ts";
import { svgDocument } from "./svg.ts";

/** Bytes of PNG that are embedded; as base64 they must fit into one string. */
const LARGEST_IMAGE = 256 * 1024 * 1024;

/** The tiles of `montage` as one embedded PNG, labels and description as vectors around it. */
export async function embedTiles(montage: Montage, options: PngOptions): Promise<string> {
  const { grid, frame } = montage;
  // The tiles with their frames, on the same grid; labels are drawn as vectors.
  const margin = frame?.thickness ?? 0;
  const width = grid.innerWidth + 2 * margin;
  const height = grid.innerHeight + 2 * margin;
  const bare: Montage = {
    ...montage,
    width,
    height,
    labels: null,
    grid: { ...grid, originX: margin, originY: margin },
  };
  const png = await encodePng(bare, { ...options, text: {} });
  if (png.length > LARGEST_IMAGE) {
    throw new ReadError(
      "limit",
      `The embedded image has ${png.length} bytes; an SVG holds up to ${LARGEST_IMAGE}. Use a smaller cell, or write a PNG.`,
    );
  }
  const place = `x="${grid.originX - margin}" y="${grid.originY - margin}" width="${width}" height="${height}"`;
  const image = `<image ${place} image-rendering="pixelated" href="data:image/png;base64,${base64(png)}"/>`;
  return svgDocument(montage, image, { frames: false });
}
