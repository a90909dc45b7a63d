import { ReadError } from "../errors.ts";
import type { Random } from "./random.ts";

/** Keras divides the deviation of truncated normals by this, the deviation of a unit normal cut at 2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

interface VarianceScaling {
  readonly scale: number;
  readonly mode: "fan_in" | "fan_out" | "fan_avg";
  readonly distribution: "uniform" | "truncated_normal" | "untruncated_normal";
}

const SCALED: ReadonlyMap<string, VarianceScaling> = new Map([
  ["GlorotUniform", { scale: 1, mode: "fan_avg", distribution: "uniform" }],
  ["GlorotNormal", { scale: 1, mode: "fan_avg", distribution: "truncated_normal" }],
  ["HeUniform", { scale: 2, mode: "fan_in", distribution: "uniform" }],
  ["HeNormal", { scale: 2, mode: "fan_in", distribution: "truncated_normal" }],
  ["LecunUniform", { scale: 1, mode: "fan_in", distribution: "uniform" }],
  ["LecunNormal", { scale: 1, mode: "fan_in", distribution: "truncated_normal" }],
]);

/**
 * Keras's fans of a weight: for kernels the last two axes times the receptive field before them, for a vector its
 * length (`keras/src/initializers/random_initializers.py`, compute_fans).
 */
export function fansOf(shape: readonly number[]): readonly [fanIn: number, fanOut: number] {
  if (shape.length === 0) return [1, 1];
  if (shape.length === 1) return [shape[0]!, shape[0]!];
  const field = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  return [shape.at(-2)! * field, shape.at(-1)! * field];
}

/**
 * Fresh values of a weight by Keras's serialized initializer: the distribution is Keras's, the numbers are this
 * generator's.
 *
 * @throws ReadError `unsupported` for an initializer that is not known
 */
export function initialValues(
  initializer: unknown,
  shape: readonly number[],
  random: Random,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  const { className, config } = describe(initializer);
  const setting = (key: string, fallback: number): number => {
    const value = config[key];
    return typeof value === "number" ? value : fallback;
  };
  switch (className) {
    case "Zeros":
      return values;
    case "Ones":
      return values.fill(1);
    case "Constant":
      return values.fill(setting("value", 0));
    case "RandomUniform":
      return fill(values, () => random.uniform(setting("minval", -0.05), setting("maxval", 0.05)));
    case "RandomNormal":
      return fill(values, () => setting("mean", 0) + setting("stddev", 0.05) * random.normal());
    case "TruncatedNormal":
      return fill(values, () => setting("mean", 0) + setting("stddev", 0.05) * truncatedNormal(random));
    case "VarianceScaling":
      return scaled(values, shape, config as unknown as VarianceScaling, random);
    default: {
      const known = SCALED.get(className);
      if (known !== undefined) return scaled(values, shape, known, random);
      throw new ReadError(
        "unsupported",
        `The initializer ${JSON.stringify(className)} is not known here; known are Zeros, Ones, Constant, RandomUniform, RandomNormal, TruncatedNormal, VarianceScaling, ${[...SCALED.keys()].join(", ")}.`,
      );
    }
  }
}

function scaled(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  { scale, mode, distribution }: VarianceScaling,
  random: Random,
): Float32Array<ArrayBuffer> {
  const [fanIn, fanOut] = fansOf(shape);
  const fan = mode === "fan_in" ? fanIn : mode === "fan_out" ? fanOut : (fanIn + fanOut) / 2;
  const variance = scale / Math.max(1, fan);
  if (distribution === "uniform") {
    const limit = Math.sqrt(3 * variance);
    return fill(values, () => random.uniform(-limit, limit));
  }
  if (distribution === "untruncated_normal") return fill(values, () => Math.sqrt(variance) * random.normal());
  const deviation = Math.sqrt(variance) / TRUNCATED_DEVIATION;
  return fill(values, () => deviation * truncatedNormal(random));
}

function truncatedNormal(random: Random): number {
  for (;;) {
    const value = random.normal();
    if (Math.abs(value) < 2) return value;
  }
}

function fill(values: Float32Array<ArrayBuffer>, next: () => number): Float32Array<ArrayBuffer> {
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

function describe(initializer: unknown): {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
} {
  if (initializer === null || initializer === undefined) return { className: "Zeros", config: {} };
  if (typeof initializer === "string") return { className: upperCamel(initializer), config: {} };
  const { class_name: className, config } = initializer as { class_name?: unknown; config?: unknown };
  return {
    className: typeof className === "string" ? className : "",
    config:
      typeof config === "object" && config !== null ? (config as Readonly<Record<string, unknown>>) : {},
  };
}

/** `glorot_uniform` to `GlorotUniform`. */
function upperCamel(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
