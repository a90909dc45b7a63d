/** Adler-32's sums over some bytes: how many were taken (a multiple of 16), and the sums after them. */
export type SumBytes = (
  bytes: Uint8Array,
  from: number,
  to: number,
  a: number,
  b: number,
) => readonly [taken: number, a: number, b: number];

/** Rows of tiles whose weights follow one another in one piece, all toned with one range. */
export interface SimdRows {
  readonly weights: Float32Array;
  /** Left edge of each tile of a row, in pixels. */
  readonly lefts: Int32Array;
  /** Weights down and across one tile. */
  readonly rows: number;
  readonly columns: number;
  readonly cell: number;
  /** Must be a float32. */
  readonly min: number;
  readonly span: number;
  /** Bytes of a row of pixels, and what those between the tiles are. */
  readonly width: number;
  readonly ground: number;
}

/** Paints a whole row of pixels, weight row `row` of the tiles whose weights begin at `base`, into `into` from `offset`. */
export type PaintSimdRow = (
  base: number,
  tiles: number,
  row: number,
  into: Uint8Array,
  offset: number,
) => void;

/** Bytes to compress, pulled band by band. */
export interface BandSource {
  /** The least room that `fill` needs. */
  readonly rowBytes: number;
  /** Writes the next bytes into `band` and says how many; 0 at the end. */
  fill(band: Uint8Array): number;
}

/** What one look at a kernel's weights finds. */
export interface WeightSurvey {
  /** Smallest and largest weight; both NaN when one of them is NaN. */
  readonly low: number;
  readonly high: number;
  /** Some slice begins with the same weight twice; without any, none is constant. */
  readonly repeated: boolean;
}

/** What can be done for four weights at a time; each with a plain twin that gives the same numbers. */
export interface Simd {
  /** One look at all weights, which lie in slices of `slice` weights each. */
  survey(weights: Float32Array, slice: number): WeightSurvey;
  /** A painter of such rows; null when a row is too wide for it. */
  rowPainter(rows: SimdRows): PaintSimdRow | null;
  /** A summer of bytes with memory of its own. */
  byteSummer(): SumBytes;
  /** Compresses to one raw deflate stream: runs and Huffman codes only, which suits noise, at several times zlib's speed. */
  deflate(source: BandSource): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/**
 * Loads 2 kB of WebAssembly: large kernels are measured and painted about three times as fast, four weights at a
 * time, and PNG files are compressed several times as fast. Null where the platform has no WebAssembly SIMD or forbids it; everything works
 * without, to the same pixel.
 *
 * @example
 * const simd = await loadSimd();
 * await writePng(montage(kernel, options, simd), write, { simd });
 */
export async function loadSimd(): Promise<Simd | null> {
  const { compileSimd } = await import("./compile.ts");
  try {
    return compileSimd();
  } catch {
    return null;
  }
}
