/** Gradient clipping as in Keras; at most one of the three. */
export interface GradientClipping {
  /** Each number to `[-clipValue, clipValue]`. */
  readonly clipValue?: number;
  /** Each parameter's gradient to this Euclidean norm. */
  readonly clipNorm?: number;
  /** All gradients together to this Euclidean norm. */
  readonly globalClipNorm?: number;
}

export interface SgdSpec extends GradientClipping {
  readonly kind: "sgd";
  /** Default 0.01. */
  readonly learningRate?: number;
  /** Default 0. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** Decoupled weight decay: `w -= lr * weightDecay * w` before the update, as Keras; default 0. */
  readonly weightDecay?: number;
}

export interface AdamSpec extends GradientClipping {
  readonly kind: "adam";
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7 (PyTorch's default is 1e-8). */
  readonly epsilon?: number;
  /**
   * `keras` (default): `w -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps)`.
   * `torch`: `w -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)`.
   */
  readonly form?: "keras" | "torch";
  /** Decoupled weight decay as in AdamW (Keras's AdamW: 0.004); default 0. */
  readonly weightDecay?: number;
}

export interface RmspropSpec extends GradientClipping {
  readonly kind: "rmsprop";
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Default 0.9. */
  readonly rho?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Divides by an estimate of the variance instead of the second moment. */
  readonly centered?: boolean;
  readonly weightDecay?: number;
}

/** Optimizers in Keras's words and with Keras's arithmetic. */
export type OptimizerSpec = SgdSpec | AdamSpec | RmspropSpec;

/** What an optimizer keeps per weight, in Keras's words. */
export type SlotName = "momentum" | "velocity" | "averageGradient";

/** The slots an optimizer keeps, in the order that `updateWeight` takes them. */
export function slotsOf(spec: OptimizerSpec): readonly SlotName[] {
  switch (spec.kind) {
    case "sgd":
      return spec.momentum ? ["momentum"] : [];
    case "adam":
      return ["momentum", "velocity"];
    case "rmsprop":
      return [
        "velocity",
        ...(spec.momentum ? ["momentum" as const] : []),
        ...(spec.centered ? ["averageGradient" as const] : []),
      ];
  }
}

/** Keras's default learning rate where the spec gives none. */
export function learningRateOf(spec: OptimizerSpec): number {
  return spec.learningRate ?? (spec.kind === "sgd" ? 0.01 : 0.001);
}
