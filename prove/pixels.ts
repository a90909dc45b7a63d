import {
  isReadError,
  type Kernel,
  loadSimd,
  type Montage,
  type MontageOptions,
  montage,
  type Raster,
  rasterize,
  renderSvg,
  type Simd,
} from "kernelscope";
import { expectedCell, expectedRange, weightAt } from "./pixels/expected.ts";
import { paintSvg } from "./pixels/paint-svg.ts";
import { randomKernel, randomOptions } from "./pixels/random-picture.ts";
import type { Proof, ProofContext, Tally } from "./proof.ts";

/** Pixels from which a cell has room for marks. */
const MARKED = 4;

/** The colours of a cell's pixels, row by row, as numbers. */
function cellColors(
  { width, channels, pixels }: Raster,
  rect: { x: number; y: number; width: number; height: number },
): number[] {
  const colors: number[] = [];
  for (let y = rect.y; y < rect.y + rect.height; y++) {
    for (let x = rect.x; x < rect.x + rect.width; x++) {
      const at = (y * width + x) * channels;
      const [red, green, blue] = channels === 1 ? [0, 0, 0] : [0, 1, 2];
      colors.push((pixels[at + red]! << 16) | (pixels[at + green]! << 8) | pixels[at + blue]!);
    }
  }
  return colors;
}

/** The weights that share the range of one tile: of the whole kernel, of a filter, or of the tile. */
function scopeOf(kernel: Kernel, picture: Montage, out: number, shown: readonly number[]): readonly number[] {
  const { normalize } = picture.options;
  if (normalize === "slice") return shown;
  const all = [...kernel.weights];
  const per = all.length / kernel.shape[0];
  return normalize === "kernel" ? all : all.slice(out * per, (out + 1) * per);
}

/** Sums of weights of this size may be rounded in another order. */
function isClose(a: number, b: number, size: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-9 * size;
}

/** The largest finite size among some weights. */
function sizeOf(weights: readonly number[]): number {
  return weights.reduce((most, w) => (Number.isFinite(w) ? Math.max(most, Math.abs(w)) : most), 0);
}

/** One case per cell: its range, its colour in every pixel, its mark. */
function checkCells(kernel: Kernel, picture: Montage, raster: Raster, tally: Tally, label: string): void {
  const { options, grid } = picture;
  const { rows, columns } = grid.layout;
  for (const tile of picture.tiles()) {
    // An RGB tile merges three inputs, or three slices of one input.
    const merged = !options.rgb
      ? [[tile.in, tile.depth]]
      : [0, 1, 2].map((i) => (kernel.shape[1] === 3 ? [i, tile.depth] : [0, i]));
    const weightsAt = (row: number, column: number): number[] =>
      merged.map(([input, slice]) =>
        weightAt(kernel, picture, { out: tile.out, in: input!, slice: slice!, row, column }),
      );
    const shown = Array.from({ length: rows * columns }, (_, i) =>
      weightsAt(Math.floor(i / columns), i % columns),
    ).flat();
    const range = picture.rangeOf(tile.out, tile.in, tile.depth);
    const scope = scopeOf(kernel, picture, tile.out, shown);
    const wanted = expectedRange(scope, options);
    const size = sizeOf(scope);
    const fits = isClose(range.min, wanted.min, size) && isClose(range.max, wanted.max, size);
    tally.check(
      fits,
      () => `${label}: range ${range.min} … ${range.max}, expected ${wanted.min} … ${wanted.max}`,
    );
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const colors = cellColors(raster, picture.weightToRect(tile.out, tile.in, tile.depth, row, column));
        const problem = wrongInCell(
          colors,
          expectedCell(weightsAt(row, column), range, picture),
          options.cell,
        );
        tally.check(
          problem === null,
          () => `${label}: ${tile.out},${tile.in},${tile.depth} at ${row},${column}: ${problem}`,
        );
      }
    }
  }
}

function wrongInCell(
  colors: readonly number[],
  { color, outside }: ReturnType<typeof expectedCell>,
  cell: number,
): string | null {
  const kinds = new Set(colors);
  if (color === null)
    return cell >= MARKED && kinds.size !== 2 ? "a weight that is no number has no pattern" : null;
  const plain = (color[0]! << 16) | (color[1]! << 8) | color[2]!;
  if (outside && cell >= MARKED) {
    const notch = colors.filter((other) => other !== plain).length;
    return notch > 0 && notch < colors.length / 2 + 3
      ? null
      : `a weight outside the range has ${notch} marked pixels`;
  }
  return kinds.size === 1 && kinds.has(plain)
    ? null
    : `#${[...kinds].map((one) => one.toString(16).padStart(6, "0"))} instead of ${color}`;
}

/** One case per pixel of the picture: the SVG shows the same. */
function checkSvg(
  picture: Montage,
  { width, height, channels, pixels }: Raster,
  tally: Tally,
  label: string,
): void {
  const svg = paintSvg(renderSvg(picture));
  tally.check(
    svg.width === width && svg.height === height,
    () => `${label}: the SVG is ${svg.width} x ${svg.height}, not ${width} x ${height}`,
  );
  let different = 0;
  for (let at = 0; at < width * height * 3; at++) {
    const pixel = channels === 3 ? pixels[at] : pixels[Math.floor(at / 3)];
    if (svg.rgb[at] !== pixel) different++;
  }
  tally.add(
    width * height,
    different,
    () => `${label}: the SVG differs in ${different} channels of ${width} x ${height} pixels`,
  );
}

/** One case per picture: four weights at a time give what one at a time gives. */
function checkSimd(
  kernel: Kernel,
  options: MontageOptions,
  raster: Raster,
  simd: Simd,
  tally: Tally,
  label: string,
): void {
  const twin = rasterize(montage(kernel, options, simd), null, simd);
  const same = twin.width === raster.width && Buffer.compare(twin.pixels, raster.pixels) === 0;
  tally.check(same, () => `${label}: the raster with SIMD differs`);
}

/** NaN and the two infinities have looks of their own, in the raster and in the counts. */
function checkMarks(tally: Tally): void {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const kernel: Kernel = {
    name: "k",
    kind: "conv",
    rank: 1,
    shape: [1, 1, 1, 1, 7],
    groups: 1,
    dtype: "float32",
    weights: Float32Array.of(...odd, -9, 9, 0, 1),
    frozen: null,
  };
  for (const cell of [1, 4, 9]) {
    const picture = montage(kernel, { cell, min: -1, max: 1, gap: 0 });
    const raster = rasterize(picture);
    const looks = odd.map((_, column) => cellColors(raster, picture.weightToRect(0, 0, 0, 0, column)).join());
    const levels = [5, 6].map((column) =>
      cellColors(raster, picture.weightToRect(0, 0, 0, 0, column)).join(),
    );
    tally.check(
      new Set([...looks, ...levels]).size === 5,
      () => `cells of ${cell} pixels: NaN, the infinities and levels look alike`,
    );
    const { nan, infinite, below, above } = picture.counts;
    tally.check(
      nan === 1 && infinite === 2 && below === 1 && above === 1,
      () => `counts: ${JSON.stringify(picture.counts)}`,
    );
  }
}

/** The montage; null when one end is fixed beyond every weight, which leaves nothing to draw and must be said. */
function montageOrNull(kernel: Kernel, options: MontageOptions, tally: Tally, label: string): Montage | null {
  try {
    return montage(kernel, options);
  } catch (error) {
    const { min = null, max = null, trim = null, symmetric = false, rgb = false } = options;
    const weights = [...kernel.weights];
    const open = expectedRange(weights, { trim, symmetric, rgb, min: null, max: null });
    const slack = 1e-9 * sizeOf(weights);
    const beyond = (min !== null && min >= open.max - slack) || (max !== null && max <= open.min + slack);
    tally.check(isReadError(error, "bad-option") && beyond, () => `${label}: ${error}`);
    return null;
  }
}

export const pixels: Proof = {
  name: "pixels",
  promise:
    "Every pixel is the level min(255, floor(256 t)) of its weight; the SVG shows the same; what is no number is marked.",
  async run({ random, tally, amount }: ProofContext) {
    checkMarks(tally);
    const simd = await loadSimd();
    if (simd === null) tally.note("no SIMD here");
    for (let i = 0; i < amount(250, 20_000); i++) {
      const own = random.fork(i);
      const kernel = randomKernel(own);
      const options = randomOptions(own, kernel);
      const label = `picture ${i}, [${kernel.shape}] ${kernel.dtype} ${JSON.stringify(options)}`;
      const picture = montageOrNull(kernel, options, tally, label);
      if (picture === null) continue;
      const raster = rasterize(picture);
      if (simd !== null) checkSimd(kernel, options, raster, simd, tally, label);
      checkCells(kernel, picture, raster, tally, label);
      checkSvg(picture, raster, tally, label);
    }
  },
};
