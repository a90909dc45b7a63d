import { ReadError } from "../../errors.ts";
import { type LossSpec, rowLoss, withLogits } from "../losses.ts";
import type { ResolvedGraph } from "./resolve.ts";
import { sizeOf } from "./shape.ts";

/** Where the loss is taken and of what kind. */
export interface LossNode {
  /** With logits where the output's activation is taken together with it. */
  readonly spec: LossSpec;
  /** The node that the loss looks at: the output, or the node before its softmax or sigmoid. */
  readonly node: number;
  /** Rows of one sample: positions of the output. */
  readonly rows: number;
  /** Outputs of one row. */
  readonly channels: number;
  /** Numbers in a sample's target. */
  readonly targetSize: number;
}

/**
 * Finds the loss's place. A softmax (or sigmoid) right before a cross-entropy is taken together with it, on logits,
 * as Keras on TensorFlow does: exact where a probability rounds to 0 or 1.
 */
export function lossNode(graph: ResolvedGraph, spec: LossSpec): LossNode {
  const output = graph.nodes[graph.output]!;
  const channels = output.shape.at(-1)!;
  const rows = sizeOf(output.shape) / channels;
  const { op } = output;
  const activation =
    op.kind === "softmax"
      ? "softmax"
      : op.kind === "activation" && op.function === "sigmoid"
        ? "sigmoid"
        : null;
  const fused = activation && withLogits(spec, activation);
  const used = fused ?? spec;
  if (spec.kind === "categoricalCrossentropy" && channels === 1) {
    throw new ReadError(
      "bad-option",
      `Loss categoricalCrossentropy needs an output of at least 2 classes; layer ${output.name} has 1 output; use binaryCrossentropy.`,
    );
  }
  return {
    spec: used,
    node: fused ? output.inputs[0]! : graph.output,
    rows,
    channels,
    targetSize: rows * rowLoss(used, channels).targetSize,
  };
}
