import type { Montage } from "../montage/montage.ts";
import type { PngOptions } from "./png.ts";
import { cellCount, LARGEST_VECTOR, renderSvg } from "./svg.ts";

/**
 * A montage of any size as SVG: rectangles where `renderSvg` can draw them, otherwise the tiles as one embedded PNG
 * with labels and description as vectors around it. Throws `limit` beyond PNG's limits and for images that no text
 * can hold.
 *
 * @example
 * await writeFile("conv5.svg", await renderLargeSvg(montage(kernel, { labels: true })));
 */
export async function renderLargeSvg(montage: Montage, options: PngOptions = {}): Promise<string> {
  if (cellCount(montage) <= LARGEST_VECTOR) return renderSvg(montage);
  const { embedTiles } = await import("./embedded-svg.ts");
  return embedTiles(montage, options);
}
