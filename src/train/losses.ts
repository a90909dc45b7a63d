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
