import type { Montage } from "../montage/montage.ts";
import { TEXT_STYLES } from "../montage/text-width.ts";
import { colormap } from "../tone/colormap.ts";
import { type Rgb, THEMES } from "../tone/theme.ts";
import { notchSize } from "./marks.ts";
import { content, hex } from "./markup.ts";
import { swatchFill } from "./svg-marks.ts";

/** The colours of the scale bar are given at this many places; SVG blends between them. */
const STOPS = 33;

/** Everything beside the tiles: frozen frames, text, scale bar, swatches. */
export function svgAround(montage: Montage, draw: { readonly frames: boolean }): string {
  return [...(draw.frames ? frames(montage) : []), ...labels(montage)].map((line) => `${line}\n`).join("");
}

function frames(montage: Montage): readonly string[] {
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
      lines.push(`<path transform="translate(${tile.x} ${tile.y})" d="${path}" fill="url(#frozen)"/>`);
  }
  return lines;
}

function labels(montage: Montage): readonly string[] {
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
    const stops = Array.from({ length: STOPS }, (_, i) => {
      const level = Math.round((i * 255) / (STOPS - 1));
      return `<stop offset="${Math.round((100000 * i) / (STOPS - 1)) / 100000}" stop-color="${hex(entry(map, level))}"/>`;
    });
    lines.push(`<defs><linearGradient id="scale">${stops.join("")}</linearGradient></defs>`);
    lines.push(box(bar, "url(#scale)", theme.line));
  }
  for (const { mark, rect } of montage.labels.swatches) {
    lines.push(box(rect, swatchFill(mark), mark === "frozen" ? theme.ground : theme.line));
    if (mark !== "outside") continue;
    const size = notchSize(rect.width - 2);
    lines.push(
      `<path d="M${rect.x + 1} ${rect.y + rect.height - 1 - size}v${size}h${size}z" fill="#ffffff"/>`,
    );
  }
  return lines;
}

/** A rectangle with a hairline just inside its edge. */
function box(rect: { x: number; y: number; width: number; height: number }, fill: string, line: Rgb): string {
  const { x, y, width, height } = rect;
  return `<rect x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${height - 1}" fill="${fill}" stroke="${hex(line)}"/>`;
}

function entry(map: Uint8Array, level: number): Rgb {
  return [map[3 * level]!, map[3 * level + 1]!, map[3 * level + 2]!];
}
