import { ReadError } from "../errors.ts";
import type { Montage } from "../montage/montage.ts";
import type { Simd } from "../simd/simd.ts";
import type { Glyphs } from "./glyphs.ts";
import { channelsOf, createPainter } from "./painter.ts";

/** Pixels with a width and a height. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 1: gray, 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** Row-major, `width * height * channels` bytes. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** Bytes of a picture held at once; larger ones are painted in bands (`rasterizeRows`, `encodePng`). */
export const LARGEST_RASTER = 2 ** 30;

/**
 * Paints a whole montage. Gray pictures have one channel. Throws `limit` when the picture is larger than
 * `LARGEST_RASTER`, `bad-option` when it has labels and no glyphs are given.
 *
 * @example
 * const { width, height, channels, pixels } = rasterize(montage(kernel, { colormap: "signed" }));
 */
export function rasterize(montage: Montage, glyphs: Glyphs | null = null, simd: Simd | null = null): Raster {
  const channels = channelsOf(montage);
  const { width, height } = montage;
  if (width * height * channels > LARGEST_RASTER) {
    throw new ReadError(
      "limit",
      `The picture is ${width} × ${height} pixels, more than is held at once (${LARGEST_RASTER} bytes). Use a smaller cell, or encodePng, which works in bands.`,
    );
  }
  const pixels = new Uint8Array(width * height * channels);
  rasterizeRows(montage, 0, height, pixels, glyphs, simd);
  return { width, height, channels, pixels };
}

/**
 * Paints rows `from … to - 1` of a montage into `into`, row-major from its first byte, in as many channels as
 * `channelsOf` says. Throws `bad-option` for rows outside the picture or too little room.
 */
export function rasterizeRows(
  montage: Montage,
  from: number,
  to: number,
  into: Uint8Array,
  glyphs: Glyphs | null = null,
  simd: Simd | null = null,
): void {
  const painter = createPainter(montage, glyphs, simd);
  const stride = painter.width * painter.channels;
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= montage.height)) {
    throw new ReadError(
      "bad-option",
      `Rows ${from} to ${to} are not all in a picture of ${montage.height} rows.`,
    );
  }
  if (into.length < (to - from) * stride) {
    throw new ReadError(
      "bad-option",
      `${to - from} rows of ${stride} bytes do not fit into ${into.length} bytes.`,
    );
  }
  for (let y = from; y < to; y++) {
    const offset = (y - from) * stride;
    if (y > from && painter.repeats(y)) into.copyWithin(offset, offset - stride, offset);
    else painter.paintRow(y, into, offset);
  }
}

/** The pixels of a raster with an opaque alpha channel, as a canvas wants them. */
export function rgbaOf(raster: Raster): Uint8ClampedArray<ArrayBuffer> {
  const { pixels, channels } = raster;
  const count = raster.width * raster.height;
  const rgba = new Uint8ClampedArray(4 * count);
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  for (let i = 0, from = 0, to = 0; i < count; i++, from += channels, to += 4) {
    rgba[to] = pixels[from]!;
    rgba[to + 1] = pixels[from + green]!;
    rgba[to + 2] = pixels[from + blue]!;
    rgba[to + 3] = 255;
  }
  return rgba;
}
