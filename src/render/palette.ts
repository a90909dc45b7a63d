import type { Raster } from "./raster.ts";

/** A raster in at most 256 colours. */
export interface Indexed {
  /** Red, green, blue of each entry. */
  readonly entries: Uint8Array<ArrayBuffer>;
  /** One entry index a pixel, row-major. */
  readonly indices: Uint8Array<ArrayBuffer>;
}

/** The colours of an RGB raster in the order they appear, and its pixels as indices; null when there are more than 256. */
export function indexColors(raster: Raster): Indexed | null {
  if (raster.channels !== 3) return null;
  const { pixels } = raster;
  const indices = new Uint8Array(raster.width * raster.height);
  const entryOf = new Map<number, number>();
  let last = -1;
  let entry = 0;
  for (let i = 0, at = 0; i < indices.length; i++, at += 3) {
    const color = (pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!;
    if (color !== last) {
      const known = entryOf.get(color);
      if (known === undefined) {
        if (entryOf.size === 256) return null;
        entry = entryOf.size;
        entryOf.set(color, entry);
      } else entry = known;
      last = color;
    }
    indices[i] = entry;
  }
  const entries = Uint8Array.from(
    [...entryOf.keys()].flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]),
  );
  return { entries, indices };
}
