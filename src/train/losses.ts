import { exp, log, log1p, sigmoid } from "./engine/math.ts";

/**
 * Losses in Keras's words. A loss sees one row at a time: the last axis of the output at one position of one sample.
 * The loss of a batch is the mean over rows of `weight * loss`.
 */
export type LossSpec =
  | {
      readonly kind: "categoricalCrossentropy";
      /** Whether outputs are logits; default false. A softmax right before the loss is used as logits, as Keras on TensorFlow does. */
      readonly fromLogits?: boolean;
      readonly labelSmoothing?: number;
    }
  | { readonly kind: "sparseCategoricalCrossentropy"; readonly fromLogits?: boolean }
  | { readonly kind: "binaryCrossentropy"; readonly fromLogits?: boolean; readonly labelSmoothing?: number }
  | { readonly kind: "meanSquaredError" }
  | { readonly kind: "meanAbsoluteError" }
  | {
      readonly kind: "huber";
      /** Where the square turns into a line; default 1. */
      readonly delta?: number;
    };

/** A loss of one row. */
export interface RowLoss {
  /** Numbers that a target row has; 1 for a class number. */
  readonly targetSize: number;
  /**
   * The loss of `output` against `target`; writes its derivative with respect to each output into `gradient`. All
   * arrays are scratch of the caller.
   */
  readonly evaluate: (target: Float64Array, output: Float64Array, gradient: Float64Array) => number;
}

/** Keras's epsilon, which probabilities are kept away from 0 and 1 by. */
const EPSILON = 1e-7;

/** The loss of rows of `size` outputs. Throws nothing: a target that is no class gives NaN. */
export function rowLoss(spec: LossSpec, size: number): RowLoss {
  switch (spec.kind) {
    case "categoricalCrossentropy": {
      const smoothing = spec.labelSmoothing ?? 0;
      const smooth = (t: number): number => t * (1 - smoothing) + smoothing / size;
      const evaluate = spec.fromLogits ? crossentropyOfLogits : crossentropyOfProbabilities;
      return { targetSize: size, evaluate: (t, o, g) => evaluate(t.map(smooth), o, g) };
    }
    case "sparseCategoricalCrossentropy": {
      const evaluate = spec.fromLogits ? sparseOfLogits : sparseOfProbabilities;
      return {
        targetSize: 1,
        evaluate: (t, o, g) => {
          const label = t[0]!;
          return Number.isInteger(label) && label >= 0 && label < size ? evaluate(label, o, g) : Number.NaN;
        },
      };
    }
    case "binaryCrossentropy": {
      const smoothing = spec.labelSmoothing ?? 0;
      const smooth = (t: number): number => t * (1 - smoothing) + 0.5 * smoothing;
      const one = spec.fromLogits ? binaryOfLogit : binaryOfProbability;
      return meanOverRow(size, (t, o) => one(smooth(t), o));
    }
    case "meanSquaredError":
      return meanOverRow(size, (t, o) => [(o - t) ** 2, 2 * (o - t)]);
    case "meanAbsoluteError":
      return meanOverRow(size, (t, o) => [Math.abs(o - t), Math.sign(o - t)]);
    case "huber": {
      const delta = spec.delta ?? 1;
      return meanOverRow(size, (t, o) => {
        const e = o - t;
        return Math.abs(e) <= delta
          ? [0.5 * e * e, e]
          : [delta * Math.abs(e) - 0.5 * delta * delta, delta * Math.sign(e)];
      });
    }
  }
}

/** The same loss taking logits, when the activation before it can be taken together with it; else null. */
export function withLogits(spec: LossSpec, activation: "softmax" | "sigmoid"): LossSpec | null {
  const { kind } = spec;
  if (kind === "meanSquaredError" || kind === "meanAbsoluteError" || kind === "huber") return null;
  if (spec.fromLogits || (kind === "binaryCrossentropy") !== (activation === "sigmoid")) return null;
  return { ...spec, fromLogits: true };
}

function meanOverRow(
  size: number,
  one: (target: number, output: number) => readonly [loss: number, slope: number],
): RowLoss {
  return {
    targetSize: size,
    evaluate: (target, output, gradient) => {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        const [loss, slope] = one(target[i]!, output[i]!);
        sum += loss;
        gradient[i] = slope / size;
      }
      return sum / size;
    },
  };
}

function binaryOfLogit(t: number, z: number): readonly [number, number] {
  return [Math.max(z, 0) - z * t + log1p(exp(-Math.abs(z))), sigmoid(z) - t];
}

function binaryOfProbability(t: number, p: number): readonly [number, number] {
  const o = clip(p);
  const inside = p >= EPSILON && p <= 1 - EPSILON;
  return [-(t * log(o) + (1 - t) * log(1 - o)), inside ? (1 - t) / (1 - o) - t / o : 0];
}

const clip = (p: number): number => Math.min(Math.max(p, EPSILON), 1 - EPSILON);

/** Leaves softmax(z) in `out` and returns log(sum(exp(z))). */
function softmaxInto(z: Float64Array, out: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const v of z) top = v > top || Number.isNaN(v) ? v : top;
  let sum = 0;
  for (let i = 0; i < z.length; i++) {
    const e = exp(z[i]! - top);
    out[i] = e;
    sum += e;
  }
  for (let i = 0; i < z.length; i++) out[i] = out[i]! / sum;
  return log(sum) + top;
}

function crossentropyOfLogits(t: Float64Array, z: Float64Array, gradient: Float64Array): number {
  const logSum = softmaxInto(z, gradient);
  let loss = 0;
  let mass = 0;
  for (let i = 0; i < z.length; i++) {
    mass += t[i]!;
    loss += t[i]! === 0 ? 0 : t[i]! * (logSum - z[i]!);
  }
  for (let i = 0; i < z.length; i++) gradient[i] = gradient[i]! * mass - t[i]!;
  return loss;
}

function sparseOfLogits(label: number, z: Float64Array, gradient: Float64Array): number {
  const logSum = softmaxInto(z, gradient);
  gradient[label] = gradient[label]! - 1;
  return logSum - z[label]!;
}

/** TensorFlow's: outputs are divided by their sum, then clipped. */
function crossentropyOfProbabilities(t: Float64Array, y: Float64Array, gradient: Float64Array): number {
  let sum = 0;
  for (const v of y) sum += v;
  let loss = 0;
  let shared = 0;
  for (let i = 0; i < y.length; i++) {
    const p = y[i]! / sum;
    const o = clip(p);
    loss -= t[i]! * log(o);
    const slope = p >= EPSILON && p <= 1 - EPSILON ? -t[i]! / o : 0;
    gradient[i] = slope;
    shared += slope * p;
  }
  for (let i = 0; i < y.length; i++) gradient[i] = (gradient[i]! - shared) / sum;
  return loss;
}

/** TensorFlow's: outputs are clipped, then their logarithms are logits. */
function sparseOfProbabilities(label: number, y: Float64Array, gradient: Float64Array): number {
  let sum = 0;
  for (const v of y) sum += clip(v);
  for (let i = 0; i < y.length; i++) {
    const inside = y[i]! >= EPSILON && y[i]! <= 1 - EPSILON;
    gradient[i] = inside ? 1 / sum - (i === label ? 1 / clip(y[i]!) : 0) : 0;
  }
  return log(sum) - log(clip(y[label]!));
}
