import { COLORMAP_TABLES } from "./colormap-tables.ts";
import type { ThemeName } from "./theme.ts";

/** Every colormap, by matplotlib's names; `signed` is Kernelscope's own. */
export const COLORMAP_NAMES = [
  "gray",
  "viridis",
  "magma",
  "inferno",
  "cividis",
  "RdBu",
  "RdBu_r",
  "PuOr",
  "signed",
] as const;

/** Colormaps by matplotlib's names; `signed` is Kernelscope's own map of equal lightness on both sides of zero. */
export type ColormapName = (typeof COLORMAP_NAMES)[number];

/** Whether `name` is a colormap. */
export function isColormapName(name: string): name is ColormapName {
  return (COLORMAP_NAMES as readonly string[]).includes(name);
}

/**
 * The 256 colours of a map: red, green, blue of level 0 first, 768 bytes. Equal to matplotlib's
 * `colormap(range(256), bytes=True)`, but for `gray`, where level k is the gray k: matplotlib's own conversion to
 * bytes truncates, which darkens 24 of its 256 grays by one. `signed` is made for the ground of `theme`.
 */
export function colormap(name: ColormapName, theme: ThemeName = "dark"): Uint8Array<ArrayBuffer> {
  switch (name) {
    case "gray":
      return Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
    case "signed":
      return decodeTable(theme === "dark" ? COLORMAP_TABLES.signedDark : COLORMAP_TABLES.signedLight);
    default:
      return decodeTable(COLORMAP_TABLES[name]);
  }
}

/** Undoes `encode` of scripts/make-colormaps.py. */
function decodeTable(text: string): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(768);
  for (let channel = 0; channel < 3; channel++) {
    let value = Number.parseInt(text.slice(2 * channel, 2 * channel + 2), 16);
    table[channel] = value;
    for (let level = 1; level < 256; level++) {
      value += text.charCodeAt(6 + 255 * channel + level - 1) - 78;
      table[3 * level + channel] = value;
    }
  }
  return table;
}
