import { rowAt, rowTop } from "../montage/grid.ts";
import type { Montage, Rect } from "../montage/montage.ts";
import { textWidth } from "../montage/text-width.ts";
import { colormap } from "../tone/colormap.ts";
import { MIDDLE_LEVEL } from "../tone/level.ts";
import { type Rgb, THEMES } from "../tone/theme.ts";
import { type Glyphs, type PlacedGlyph, requireGlyphs } from "./glyphs.ts";
import { inHatch, swatchPixel } from "./marks.ts";

/** What is drawn over the ground beside the tiles: frozen frames, text, scale bar, swatches. */
export interface Overlay {
  /** Whether row `y` has anything of it. */
  touches(y: number): boolean;
  paint(y: number, into: Uint8Array, offset: number): void;
}

/** Something that covers rows `top … bottom - 1`. */
interface Item {
  readonly top: number;
  readonly bottom: number;
  paint(y: number, set: SetPixel): void;
}

/** Blends a colour into pixel `x` of the row, coverage 0 … 15. */
type SetPixel = (x: number, color: Rgb, coverage: number) => void;

/** Rows that share one list of items. */
const BUCKET = 32;

/** The overlay of `montage`, null when there is nothing to draw over it. Throws `bad-option` when it has labels and no glyphs are given. */
export function createOverlay(montage: Montage, channels: 1 | 3, glyphs: Glyphs | null): Overlay | null {
  const items = montage.labels === null ? [] : labelItems(montage, requireGlyphs(glyphs));
  const buckets = new Map<number, Item[]>();
  for (const item of items) {
    for (let bucket = Math.floor(item.top / BUCKET); bucket * BUCKET < item.bottom; bucket++) {
      const list = buckets.get(bucket) ?? [];
      list.push(item);
      buckets.set(bucket, list);
    }
  }
  const frame = frameItem(montage);
  if (items.length === 0 && frame === null) return null;
  const itemsAt = (y: number): readonly Item[] =>
    (buckets.get(Math.floor(y / BUCKET)) ?? []).filter((item) => y >= item.top && y < item.bottom);
  return {
    touches: (y) => frame?.covers(y) === true || itemsAt(y).length > 0,
    paint(y, into, offset) {
      const here = itemsAt(y);
      const framed = frame?.covers(y) === true;
      if (here.length === 0 && !framed) return;
      const set: SetPixel = (x, color, coverage) => {
        if (x < 0 || x >= montage.width) return;
        for (let channel = 0; channel < channels; channel++) {
          const at = offset + x * channels + channel;
          into[at] = Math.round((into[at]! * (15 - coverage) + color[channel]! * coverage) / 15);
        }
      };
      if (framed) frame.paint(y, set);
      for (const item of here) item.paint(y, set);
    },
  };
}

function labelItems(montage: Montage, glyphs: Glyphs): readonly Item[] {
  const { labels, options } = montage;
  if (labels === null) return [];
  const theme = THEMES[options.theme];
  const items: Item[] = labels.runs.map((run) => {
    const width = textWidth(run.text, run.style);
    const shift = run.anchor === "start" ? 0 : run.anchor === "middle" ? Math.floor(width / 2) : width;
    return textItem(glyphs.place(run.text, run.x - shift, run.y, run.style), theme[run.tone], run.y);
  });
  if (labels.scaleBar !== null) {
    const map = colormap(options.colormap, options.theme);
    const bar = labels.scaleBar;
    const single = montage.range !== null && !(montage.range.min < montage.range.max);
    items.push(
      boxItem(bar, theme.line, (x) => {
        const level = single
          ? MIDDLE_LEVEL
          : Math.min(255, Math.floor(((x - bar.x - 1) / (bar.width - 2)) * 256));
        return [map[3 * level]!, map[3 * level + 1]!, map[3 * level + 2]!];
      }),
    );
  }
  for (const { mark, rect } of labels.swatches) {
    items.push(
      mark === "frozen"
        ? boxItem(rect, theme.ground, (x, y) => (inHatch(x, y, 3) ? theme.caution : theme.ground))
        : boxItem(rect, theme.line, (x, y) =>
            swatchPixel(mark, x - rect.x - 1, y - rect.y - 1, rect.width - 2),
          ),
    );
  }
  return items;
}

function textItem(placed: readonly PlacedGlyph[], color: Rgb, baseline: number): Item {
  return {
    top: Math.min(baseline, ...placed.map(({ y }) => y)),
    bottom: Math.max(baseline, ...placed.map(({ y, glyph }) => y + glyph.height)),
    paint(y, set) {
      for (const { glyph, x, y: top } of placed) {
        const row = y - top;
        if (row < 0 || row >= glyph.height) continue;
        for (let column = 0; column < glyph.width; column++) {
          const coverage = glyph.coverage[row * glyph.width + column]!;
          if (coverage > 0) set(x + column, color, coverage);
        }
      }
    },
  };
}

/** A box with a border of one pixel. */
function boxItem(rect: Rect, border: Rgb, fill: (x: number, y: number) => Rgb): Item {
  const right = rect.x + rect.width - 1;
  const bottom = rect.y + rect.height - 1;
  return {
    top: rect.y,
    bottom: bottom + 1,
    paint(y, set) {
      for (let x = rect.x; x <= right; x++) {
        const edge = x === rect.x || x === right || y === rect.y || y === bottom;
        set(x, edge ? border : fill(x, y), 15);
      }
    },
  };
}

/** The frames of all frozen tiles, found by geometry instead of kept as items. */
function frameItem(
  montage: Montage,
): { covers(y: number): boolean; paint(y: number, set: SetPixel): void } | null {
  const { grid, frame, options } = montage;
  if (frame === null || frame.thickness === 0) return null;
  const { thickness, whole, rows, columns } = frame;
  const color = THEMES[options.theme].caution;
  const across = grid.blocksAcross * grid.slicesPerBlock;
  /** The row of blocks whose frame reaches row `y`: at most one, for frames take no more than half a gap. */
  const rowOf = (y: number): number | null => {
    for (const row of [rowAt(grid, y), rowAt(grid, y) + 1]) {
      if (row >= grid.blocksDown) continue;
      const within = y - rowTop(grid, row);
      if (within >= -thickness && within < grid.tileHeight + thickness) return row;
    }
    return null;
  };
  return {
    covers: (y) => rowOf(y) !== null,
    paint(y, set) {
      const row = rowOf(y);
      if (row === null) return;
      const within = y - rowTop(grid, row);
      const beside = within >= 0 && within < grid.tileHeight;
      const frozenRow = beside && rows[Math.floor(within / grid.cell)] === true;
      for (let i = 0; i < across; i++) {
        const index = row * across + i;
        if (index >= montage.tileCount) break;
        const all = whole[index % grid.slices] === true;
        const left =
          grid.originX +
          Math.floor(i / grid.slicesPerBlock) * grid.blockPitchX +
          (i % grid.slicesPerBlock) * grid.slicePitch;
        const right = left + grid.tileWidth;
        const hatch = (from: number, to: number): void => {
          for (let x = from; x < to; x++) if (inHatch(x, y, thickness)) set(x, color, 15);
        };
        if (beside) {
          if (!all && !frozenRow) continue;
          hatch(left - thickness, left);
          hatch(right, right + thickness);
        } else if (all) {
          hatch(left - thickness, right + thickness);
        } else {
          columns.forEach((frozen, column) => {
            if (frozen) hatch(left + column * grid.cell, left + (column + 1) * grid.cell);
          });
        }
      }
    },
  };
}
