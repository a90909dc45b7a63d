import type { LegendMark } from "../montage/legend.ts";
import type { Montage, Rect } from "../montage/montage.ts";
import { TEXT_STYLES } from "../montage/text-width.ts";
import { colormap } from "../tone/colormap.ts";
import { MIDDLE_LEVEL } from "../tone/level.ts";
import { type Rgb, THEMES } from "../tone/theme.ts";
import { swatchPixel } from "./marks.ts";
import { content, hex } from "./markup.ts";
import type { SvgIds } from "./svg-marks.ts";

/** The colours of the scale bar are given at this many places; SVG blends between them. */
const STOPS = 33;

/** Everything beside the tiles: frozen frames, text, scale bar, swatches. */
export function svgAround(montage: Montage, ids: SvgIds, draw: { readonly frames: boolean }): string {
  return [...(draw.frames ? frames(montage, ids) : []), ...labels(montage, ids)]
    .map((line) => `${line}\n`)
    .join("");
}

function frames(montage: Montage, ids: SvgIds): readonly string[] {
  const { frame, grid } = montage;
  if (frame === null || frame.thickness === 0) return [];
  const t = frame.thickness;
  const { tileWidth: w, tileHeight: h, cell } = grid;
  const around = `M${-t} ${-t}h${w + 2 * t}v${h + 2 * t}h${-w - 2 * t}zM0 0v${h}h${w}v${-h}z`;
  const beside = [
    ...frame.rows.flatMap((on, i) =>
      on ? [`M${-t} ${i * cell}h${t}v${cell}h${-t}zM${w} ${i * cell}h${t}v${cell}h${-t}z`] : [],
    ),
    ...frame.columns.flatMap((on, i) =>
      on ? [`M${i * cell} ${-t}h${cell}v${t}h${-cell}zM${i * cell} ${h}h${cell}v${t}h${-cell}z`] : [],
    ),
  ].join("");
  const lines: string[] = [];
  for (const tile of montage.tiles()) {
    const path = tile.frozen ? around : beside;
    if (path !== "")
      lines.push(
        `<path transform="translate(${tile.x} ${tile.y})" d="${path}" fill="url(#${ids("frozen")})"/>`,
      );
  }
  return lines;
}

function labels(montage: Montage, ids: SvgIds): readonly string[] {
  const { options } = montage;
  if (montage.labels === null) return [];
  const theme = THEMES[options.theme];
  const lines = [
    `<g font-family="Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif">`,
  ];
  for (const run of montage.labels.runs) {
    const { size, weight } = TEXT_STYLES[run.style];
    const anchor = run.anchor === "start" ? "" : ` text-anchor="${run.anchor}"`;
    const bold = weight === "semibold" ? ' font-weight="600"' : "";
    lines.push(
      `<text x="${run.x}" y="${run.y}" font-size="${size}"${bold}${anchor} fill="${hex(theme[run.tone])}">${content(run.text)}</text>`,
    );
  }
  lines.push("</g>");
  const bar = montage.labels.scaleBar;
  if (bar !== null) {
    const map = colormap(options.colormap, options.theme);
    const single = montage.range !== null && !(montage.range.min < montage.range.max);
    const stops = Array.from({ length: STOPS }, (_, i) => {
      const level = single ? MIDDLE_LEVEL : Math.round((i * 255) / (STOPS - 1));
      return `<stop offset="${Math.round((100000 * i) / (STOPS - 1)) / 100000}" stop-color="${hex(entry(map, level))}"/>`;
    });
    lines.push(`<defs><linearGradient id="${ids("scale")}">${stops.join("")}</linearGradient></defs>`);
    lines.push(box(bar, `url(#${ids("scale")})`, theme.line));
  }
  for (const { mark, rect } of montage.labels.swatches) {
    if (mark === "frozen") lines.push(box(rect, `url(#${ids("frozen")})`, theme.ground));
    else lines.push(swatch(mark, rect), box(rect, "none", theme.line));
  }
  return lines;
}

/** A rectangle with a hairline just inside its edge. */
function box(rect: Rect, fill: string, line: Rgb): string {
  const { x, y, width, height } = rect;
  return `<rect x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${height - 1}" fill="${fill}" stroke="${hex(line)}"/>`;
}

/** The pixels of a swatch, runs of one colour as one rectangle. */
function swatch(mark: Exclude<LegendMark, "frozen">, rect: Rect): string {
  const side = rect.width - 2;
  const rects: string[] = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0, from = 0; x < side; x = from) {
      const color = hex(swatchPixel(mark, x, y, side));
      from = x + 1;
      while (from < side && hex(swatchPixel(mark, from, y, side)) === color) from++;
      rects.push(
        `<rect x="${rect.x + 1 + x}" y="${rect.y + 1 + y}" width="${from - x}" height="1" fill="${color}"/>`,
      );
    }
  }
  return `<g shape-rendering="crispEdges">${rects.join("")}</g>`;
}

function entry(map: Uint8Array, level: number): Rgb {
  return [map[3 * level]!, map[3 * level + 1]!, map[3 * level + 2]!];
}
