import { channelsOf, type Montage, type Raster, rasterizeRows, rgbaOf } from "kernelscope";
import type { Pixels, Rect } from "../protocol.ts";

/** Bytes of whole rows that are painted at once while only a part of their width is wanted. */
const BAND_BYTES = 8 * 1024 * 1024;

/** Paints a part of a montage by the library's own raster, ready for a canvas. */
export function rasterArea(montage: Montage, rect: Rect): Pixels {
  const { x, y, width, height } = rect;
  const channels = channelsOf(montage);
  const stride = montage.width * channels;
  const pixels = new Uint8Array(width * height * channels);
  const rows = Math.max(1, Math.min(height, Math.floor(BAND_BYTES / stride)));
  const band = new Uint8Array(rows * stride);
  for (let from = 0; from < height; from += rows) {
    const to = Math.min(height, from + rows);
    rasterizeRows(montage, y + from, y + to, band);
    for (let row = from; row < to; row += 1) {
      const at = (row - from) * stride + x * channels;
      pixels.set(band.subarray(at, at + width * channels), row * width * channels);
    }
  }
  const raster: Raster = { width, height, channels, pixels };
  return { width, height, data: rgbaOf(raster) };
}
