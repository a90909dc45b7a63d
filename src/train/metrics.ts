import { ReadError } from "../errors.ts";
import type { LossSpec } from "./losses.ts";

/** A metric by its Keras name; `topK` counts a sample when its class is among the k largest outputs. */
export type MetricSpec =
  | "accuracy"
  | "binaryAccuracy"
  | "categoricalAccuracy"
  | "sparseCategoricalAccuracy"
  | "precision"
  | "recall"
  | "meanSquaredError"
  | "meanAbsoluteError"
  | { readonly kind: "topKCategoricalAccuracy"; readonly k?: number; readonly name?: string };

/** A metric that gathers over batches. */
export interface Metric {
  readonly name: string;
  /** Takes `rows` rows: outputs are rows of `size` numbers; targets likewise, or one class number each. */
  update(targets: ArrayLike<number>, outputs: Float32Array, rows: number, weights?: ArrayLike<number>): void;
  /** Over all rows since the last reset; 0 when there were none, as Keras. */
  result(): number;
  reset(): void;
}

/** Rows are split at this probability where two classes share one output. */
const THRESHOLD = 0.5;

/**
 * A fresh metric for outputs whose last axis has `size` numbers. `accuracy` becomes Keras's choice: binary for one
 * output, sparse when the loss takes class numbers, categorical otherwise.
 */
export function createMetric(spec: MetricSpec, size: number, loss: LossSpec): Metric {
  const sparse = loss.kind === "sparseCategoricalCrossentropy";
  const kind = typeof spec === "string" ? spec : spec.kind;
  switch (kind) {
    case "accuracy":
      if (size === 1) return meanOfRows("accuracy", size, binaryHits);
      return meanOfRows("accuracy", size, sparse ? sparseHit : categoricalHit, sparse ? 1 : size);
    case "binaryAccuracy":
      return meanOfRows("binary_accuracy", size, binaryHits);
    case "categoricalAccuracy":
      return meanOfRows("categorical_accuracy", size, categoricalHit);
    case "sparseCategoricalAccuracy":
      return meanOfRows("sparse_categorical_accuracy", size, sparseHit, 1);
    case "topKCategoricalAccuracy": {
      const { k = 5, name = "top_k_categorical_accuracy" } = typeof spec === "string" ? {} : spec;
      const hit: RowValue = (targets, at, outputs, from) => {
        const truth = sparse ? targets[at]! : largest(targets, at, size);
        return rankOf(outputs, from, size, truth) < k ? 1 : 0;
      };
      return meanOfRows(name, size, hit, sparse ? 1 : size);
    }
    case "meanSquaredError":
      return meanOfRows("mean_squared_error", size, (t, at, o, from) =>
        meanOver(size, (i) => (o[from + i]! - t[at + i]!) ** 2),
      );
    case "meanAbsoluteError":
      return meanOfRows("mean_absolute_error", size, (t, at, o, from) =>
        meanOver(size, (i) => Math.abs(o[from + i]! - t[at + i]!)),
      );
    case "precision":
    case "recall":
      if (sparse)
        throw new ReadError("bad-option", `${kind} needs one-hot targets, but the loss takes class numbers.`);
      return ratio(kind, size);
  }
}

type RowValue = (
  targets: ArrayLike<number>,
  at: number,
  outputs: Float32Array,
  from: number,
  size: number,
) => number;

function meanOfRows(name: string, size: number, value: RowValue, targetSize: number = size): Metric {
  let sum = 0;
  let mass = 0;
  return {
    name,
    update(targets, outputs, rows, weights) {
      for (let row = 0; row < rows; row++) {
        const weight = weights === undefined ? 1 : weights[row]!;
        sum += weight * value(targets, row * targetSize, outputs, row * size, size);
        mass += weight;
      }
    },
    result: () => (mass === 0 ? 0 : sum / mass),
    reset() {
      sum = 0;
      mass = 0;
    },
  };
}

/** Precision or recall over all outputs above the threshold. */
function ratio(kind: "precision" | "recall", size: number): Metric {
  let hits = 0;
  let counted = 0;
  return {
    name: kind,
    update(targets, outputs, rows, weights) {
      for (let i = 0; i < rows * size; i++) {
        const weight = weights === undefined ? 1 : weights[Math.floor(i / size)]!;
        const said = outputs[i]! > THRESHOLD;
        const true_ = targets[i]! > THRESHOLD;
        if (said && true_) hits += weight;
        if (kind === "precision" ? said : true_) counted += weight;
      }
    },
    result: () => (counted === 0 ? 0 : hits / counted),
    reset() {
      hits = 0;
      counted = 0;
    },
  };
}

const binaryHits: RowValue = (targets, at, outputs, from, size) =>
  meanOver(size, (i) => (outputs[from + i]! > THRESHOLD === targets[at + i]! > THRESHOLD ? 1 : 0));

const categoricalHit: RowValue = (targets, at, outputs, from, size) =>
  largest(targets, at, size) === largest(outputs, from, size) ? 1 : 0;

const sparseHit: RowValue = (targets, at, outputs, from, size) =>
  targets[at] === largest(outputs, from, size) ? 1 : 0;

/** Index of the first largest value, as argmax. */
function largest(values: ArrayLike<number>, from: number, size: number): number {
  let best = 0;
  for (let i = 1; i < size; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}

/** How many outputs are larger than the one of class `truth`. */
function rankOf(outputs: Float32Array, from: number, size: number, truth: number): number {
  let larger = 0;
  for (let i = 0; i < size; i++) if (outputs[from + i]! > outputs[from + truth]!) larger++;
  return larger;
}

function meanOver(size: number, value: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += value(i);
  return sum / size;
}
