import { Random } from "../random.ts";
import { type Dataset, toCategorical } from "./array.ts";
import { DIGIT_SIDE, type Digits, loadDigits } from "./digits.ts";

/** Directions of drift, clockwise from right; the class of a sample is an index into this list. */
const DIRECTIONS: readonly (readonly [name: string, dx: number, dy: number])[] = [
  ["right", 1, 0],
  ["down-right", Math.SQRT1_2, Math.SQRT1_2],
  ["down", 0, 1],
  ["down-left", -Math.SQRT1_2, Math.SQRT1_2],
  ["left", -1, 0],
  ["up-left", -Math.SQRT1_2, -Math.SQRT1_2],
  ["up", 0, -1],
  ["up-right", Math.SQRT1_2, -Math.SQRT1_2],
];

/** Size and randomness of `movingDigits`. */
export interface MovingDigitsOptions {
  /** Samples; default 2048. */
  readonly count?: number | undefined;
  /** Default 0. Training and test sets should differ in seed and in `part`. */
  readonly seed?: number | undefined;
  /** Which pictures to draw from: the first 1,500 or the other 297. Default `train`. */
  readonly part?: "train" | "test" | undefined;
  /** Frames of a sample; default 6. */
  readonly frames?: number | undefined;
  /** Pixels along a side; default 16. */
  readonly side?: number | undefined;
}

const TRAIN_PICTURES = 1500;

/**
 * Real handwritten digits that drift in one of eight directions, 0.75 to 1.25 pixels a frame, around the edges
 * of a small field: [count, frames, side, side, 1] bytes, labelled by the direction. No single frame tells the
 * class, so a kernel must see motion itself.
 */
export async function movingDigits(options: MovingDigitsOptions = {}): Promise<Dataset> {
  const { count = 2048, seed = 0, part = "train", frames = 6, side = 16 } = options;
  const digits = await loadDigits();
  const random = new Random(seed);
  const [first, pictures] =
    part === "train" ? [0, TRAIN_PICTURES] : [TRAIN_PICTURES, digits.count - TRAIN_PICTURES];
  const volume = frames * side * side;
  const pixels = new Uint8Array(count * volume);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const direction = Math.floor(random.next() * DIRECTIONS.length);
    const picture = first + Math.floor(random.next() * pictures);
    labels[i] = direction;
    drift(
      digits,
      picture,
      direction,
      random,
      { frames, side },
      pixels.subarray(i * volume, (i + 1) * volume),
    );
  }
  return {
    name: "moving digits",
    inputs: { data: pixels, shape: [count, frames, side, side, 1] },
    labels: toCategorical(labels, DIRECTIONS.length),
    classNames: DIRECTIONS.map(([name]) => name),
  };
}

function drift(
  digits: Digits,
  picture: number,
  direction: number,
  random: Random,
  { frames, side }: { readonly frames: number; readonly side: number },
  target: Uint8Array,
): void {
  const [, dx, dy] = DIRECTIONS[direction]!;
  const speed = 0.75 + 0.5 * random.next();
  const startX = random.next() * side;
  const startY = random.next() * side;
  for (let frame = 0; frame < frames; frame++) {
    const x = startX + speed * dx * frame;
    const y = startY + speed * dy * frame;
    stamp(digits, picture, x, y, side, target.subarray(frame * side * side, (frame + 1) * side * side));
  }
}

/** Draws a digit with its corner at (x, y), between pixels by bilinear weights, wrapping around the edges. */
function stamp(digits: Digits, picture: number, x: number, y: number, side: number, frame: Uint8Array): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  const ink = (row: number, column: number): number =>
    row < 0 || column < 0 || row >= DIGIT_SIDE || column >= DIGIT_SIDE
      ? 0
      : digits.pixels[(picture * DIGIT_SIDE + row) * DIGIT_SIDE + column]!;
  for (let row = 0; row <= DIGIT_SIDE; row++) {
    for (let column = 0; column <= DIGIT_SIDE; column++) {
      const value =
        (ink(row, column) * (1 - fx) + ink(row, column - 1) * fx) * (1 - fy) +
        (ink(row - 1, column) * (1 - fx) + ink(row - 1, column - 1) * fx) * fy;
      const at = wrap(top + row, side) * side + wrap(left + column, side);
      frame[at] = Math.min(255, Math.floor((value * 255) / 16 + 0.5));
    }
  }
}

function wrap(value: number, side: number): number {
  return ((value % side) + side) % side;
}
