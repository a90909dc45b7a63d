/** One output sample as a weighted sum of input samples: where it starts and its fixed-point weights. */
interface Reach {
  readonly start: number;
  readonly weights: Int32Array;
}

/** Pillow keeps weights as integers of 32 - 8 - 2 fractional bits. */
const PRECISION = 22;

/** sin(pi x) / (pi x) times its own stretch over [-3, 3]: the Lanczos filter with a = 3. */
function lanczos(x: number): number {
  if (x <= -3 || x >= 3) return 0;
  return sinc(x) * sinc(x / 3);
}

function sinc(x: number): number {
  if (x === 0) return 1;
  const t = x * Math.PI;
  return Math.sin(t) / t;
}

/** The weights of every output sample along one axis; the filter widens when the picture shrinks. */
function reaches(input: number, output: number): Reach[] {
  const scale = input / output;
  const stretch = Math.max(scale, 1);
  const support = 3 * stretch;
  return Array.from({ length: output }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(input, Math.trunc(centre + support + 0.5));
    const raw = Array.from({ length: end - start }, (_, x) => lanczos((x + start - centre + 0.5) / stretch));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    const weights = Int32Array.from(raw, (weight) => {
      const fixed = (weight / sum) * (1 << PRECISION);
      return Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
    return { start, weights };
  });
}

/**
 * Resizes interleaved 8-bit pixels as `Image.resize(size, LANCZOS)` of Pillow up to 11 does (the one that the usual
 * flower loader used; newer ones begin with columns for some shapes): first along rows, then along
 * columns, rounded to 8 bits in between. The aspect ratio is not kept.
 *
 * @param pixels `height * width * channels` bytes, row-major
 * @returns `newHeight * newWidth * channels` bytes
 */
export function resizeLanczos(
  pixels: Uint8Array,
  size: { readonly width: number; readonly height: number; readonly channels: number },
  target: { readonly width: number; readonly height: number },
): Uint8Array<ArrayBuffer> {
  const narrowed = resizeRows(pixels, size, reaches(size.width, target.width));
  return resizeColumns(narrowed, target.width * size.channels, reaches(size.height, target.height));
}

/** Half a level: sums are rounded, not cut. */
const HALF = 1 << (PRECISION - 1);

/** Sums fit 32 bits: 255 times the weights, whose absolute values add up to less than 2. */
function level(sum: number): number {
  const value = sum >> PRECISION;
  return Math.min(255, Math.max(0, value));
}

/** Every row made as long as `columns` says. */
function resizeRows(
  pixels: Uint8Array,
  { width, height, channels }: { readonly width: number; readonly height: number; readonly channels: number },
  columns: readonly Reach[],
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(height * columns.length * channels);
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (const { start, weights } of columns) {
      const from = (row * width + start) * channels;
      if (channels === 3) {
        let red = HALF;
        let green = HALF;
        let blue = HALF;
        for (let x = 0, at = from; x < weights.length; x++, at += 3) {
          const weight = weights[x]!;
          red = (red + Math.imul(pixels[at]!, weight)) | 0;
          green = (green + Math.imul(pixels[at + 1]!, weight)) | 0;
          blue = (blue + Math.imul(pixels[at + 2]!, weight)) | 0;
        }
        result[to] = level(red);
        result[to + 1] = level(green);
        result[to + 2] = level(blue);
        to += 3;
        continue;
      }
      for (let channel = 0; channel < channels; channel++) {
        let sum = HALF;
        for (let x = 0; x < weights.length; x++)
          sum = (sum + Math.imul(pixels[from + x * channels + channel]!, weights[x]!)) | 0;
        result[to++] = level(sum);
      }
    }
  }
  return result;
}

/** As many rows of `length` bytes as `rows` says, each a sum of whole rows: memory is walked through in its order. */
function resizeColumns(pixels: Uint8Array, length: number, rows: readonly Reach[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(rows.length * length);
  const sums = new Int32Array(length);
  for (const [row, { start, weights }] of rows.entries()) {
    sums.fill(HALF);
    for (let y = 0; y < weights.length; y++) {
      const weight = weights[y]!;
      const from = (start + y) * length;
      for (let i = 0; i < length; i++) sums[i] = (sums[i]! + Math.imul(pixels[from + i]!, weight)) | 0;
    }
    for (let i = 0, to = row * length; i < length; i++, to++) result[to] = level(sums[i]!);
  }
  return result;
}
