import { ReadError } from "../errors.ts";
import { tileBase } from "../montage/grid.ts";
import { formatWeight, legendText, legendTitle } from "../montage/legend.ts";
import type { Montage, Tile } from "../montage/montage.ts";
import { THEMES } from "../tone/theme.ts";
import { cellColors } from "./cells.ts";
import { NO_MARK } from "./marks.ts";
import { content, hex } from "./markup.ts";
import { svgAround } from "./svg-around.ts";
import { createSvgIds, markDefinitions, markedCell, type SvgIds } from "./svg-marks.ts";

/** Cells that are drawn as one rectangle each; beyond, files get too large for any viewer and tiles become images. */
export const LARGEST_VECTOR = 20_000;

/** Weights that a montage draws as cells. */
export function cellCount({ grid, tileCount }: Pick<Montage, "grid" | "tileCount">): number {
  return tileCount * grid.layout.rows * grid.layout.columns;
}

/**
 * A montage as SVG text: one rectangle a weight, grouped by tile with a title that names it, labels as text, the
 * legend as `<desc>`. Throws `limit` above `LARGEST_VECTOR` cells; `renderLargeSvg` has images for those.
 *
 * @example
 * await writeFile("conv1.svg", renderSvg(montage(kernel, { labels: true })));
 */
export function renderSvg(montage: Montage): string {
  const cells = cellCount(montage);
  if (cells > LARGEST_VECTOR) {
    throw new ReadError(
      "limit",
      `An SVG with ${cells} cells is more than viewers can show; up to ${LARGEST_VECTOR} are drawn one by one. Use renderLargeSvg, which embeds the tiles as an image, or write a PNG.`,
    );
  }
  const colors = cellColors(montage);
  const ids = createSvgIds(montage);
  const parts: string[] = [];
  let index = 0;
  for (const tile of montage.tiles()) {
    parts.push(tileMarkup(montage, tile, index, colors.cellAt, ids));
    index++;
  }
  const cellsMarkup = `<g shape-rendering="crispEdges">\n${parts.join("\n")}\n</g>`;
  return svgDocument(montage, cellsMarkup);
}

/** A whole SVG document around `tiles`, the markup of the tiles themselves, which may bring their frames along. */
export function svgDocument(montage: Montage, tiles: string, draw = { frames: true }): string {
  const { width, height, options } = montage;
  const ids = createSvgIds(montage);
  const around = svgAround(montage, ids, draw);
  const ground = hex(THEMES[options.theme].ground);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${content(legendTitle(montage))}</title>
<desc>${content(legendText(montage).join("\n"))}</desc>
${markDefinitions(montage, ids)}<rect width="${width}" height="${height}" fill="${ground}"/>
${tiles}
${around}</svg>
`;
}

function tileMarkup(
  montage: Montage,
  tile: Tile,
  index: number,
  cellAt: (index: number, range: number) => number,
  ids: SvgIds,
): string {
  const { grid, ranges } = montage;
  const { rows, columns, rowStride, columnStride } = grid.layout;
  const { cell } = grid;
  const base = tileBase(grid, index);
  const range = Math.floor(index / ranges.tilesPer);
  const rects: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const packed = cellAt(base + row * rowStride + column * columnStride, range);
      const color = hex([packed & 255, (packed >> 8) & 255, (packed >> 16) & 255]);
      const [x, y] = [column * cell, row * cell];
      rects.push(
        packed >>> 24 === NO_MARK
          ? `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${color}"/>`
          : markedCell(packed, x, y, cell, ids),
      );
    }
  }
  return `<g transform="translate(${tile.x} ${tile.y})"><title>${content(tileTitle(montage, tile))}</title>${rects.join("")}</g>`;
}

/** "out 0, in 1, depth 2: -0.1203 to 0.3321", with what RGB merges left out. */
function tileTitle({ options, grid }: Montage, tile: Tile): string {
  const { axisNames, sliceAxis } = options;
  const merged =
    grid.channelStride === 0 ? null : grid.channelStride === grid.layout.inStride ? "in" : "slice";
  const places = [
    `${axisNames.out} ${tile.out}`,
    ...(merged === "in" ? [] : [`${axisNames.in} ${tile.in}`]),
    ...(merged === "slice" || grid.layout.slices === 1 ? [] : [`${axisNames[sliceAxis]} ${tile.depth}`]),
  ];
  const extent = Number.isNaN(tile.min)
    ? "no finite weight"
    : `${formatWeight(tile.min)} to ${formatWeight(tile.max)}`;
  return `${places.join(", ")}: ${extent}${tile.frozen ? ", frozen" : ""}`;
}
