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
  const { width, height, channels } = size;
  const rows = resample(pixels, {
    lines: height,
    lineStep: width * channels,
    step: channels,
    channels,
    reaches: reaches(width, target.width),
    outLineStep: target.width * channels,
    outStep: channels,
  });
  return resample(rows, {
    lines: target.width,
    lineStep: channels,
    step: target.width * channels,
    channels,
    reaches: reaches(height, target.height),
    outLineStep: channels,
    outStep: target.width * channels,
  });
}

interface Pass {
  readonly lines: number;
  readonly lineStep: number;
  readonly step: number;
  readonly channels: number;
  readonly reaches: readonly Reach[];
  readonly outLineStep: number;
  readonly outStep: number;
}

function resample(pixels: Uint8Array, pass: Pass): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(pass.lines * pass.reaches.length * pass.channels);
  for (let line = 0; line < pass.lines; line++) {
    for (let i = 0; i < pass.reaches.length; i++) {
      const { start, weights } = pass.reaches[i]!;
      for (let channel = 0; channel < pass.channels; channel++) {
        let sum = 1 << (PRECISION - 1);
        let at = line * pass.lineStep + start * pass.step + channel;
        for (let x = 0; x < weights.length; x++, at += pass.step) sum += pixels[at]! * weights[x]!;
        const level = sum >> PRECISION;
        result[line * pass.outLineStep + i * pass.outStep + channel] = Math.min(255, Math.max(0, level));
      }
    }
  }
  return result;
}
