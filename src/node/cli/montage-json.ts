import type { Montage, Tile } from "../../index.ts";
import { jsonText } from "../../report.ts";

/** Tiles that are made text at a time. */
const TILES = 2000;

/**
 * One entry of `draw --json`, in pieces: `{layer, width, height, range, normalize, tiles}`, a line a tile. What is no
 * number (the ends of a slice that has none, a range that each filter has of its own) is null.
 */
export function* montageJson(montage: Montage): Generator<string> {
  const { width, height, range, options, kernel, tileCount } = montage;
  const about = { layer: kernel.name, width, height, range, normalize: options.normalize };
  yield `${jsonText(about).slice(0, -1)},"tiles":[`;
  for (let from = 0; from < tileCount; from += TILES) {
    const lines: string[] = [];
    for (let index = from; index < Math.min(from + TILES, tileCount); index++)
      lines.push(tileJson(montage.tile(index)));
    yield `${from === 0 ? "" : ","}\n${lines.join(",\n")}`;
  }
  yield "\n]}";
}

function tileJson({ out, in: input, depth, x, y, width, height, min, max }: Tile): string {
  return JSON.stringify({ out, in: input, depth, x, y, width, height, min, max });
}
