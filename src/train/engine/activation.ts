import type { ActivationFunction } from "./graph.ts";
import { erf, exp, expm1, sigmoid, softplus, tanh } from "./math.ts";

/** An activation and its derivative; `y` is the value at `x`, which many derivatives can use. */
export interface Activation {
  readonly value: (x: number, alpha: number) => number;
  readonly slope: (x: number, y: number, alpha: number) => number;
}

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;
const GELU_C = 0.7978845608028654;
const INVERSE_SQRT_2PI = 0.3989422804014327;

/** Keras's activations. At a kink the derivative is the one of TensorFlow: relu'(0) = 0. */
export const activations: Readonly<Record<ActivationFunction, Activation>> = {
  linear: { value: (x) => x, slope: () => 1 },
  relu: { value: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 : 0) },
  relu6: { value: (x) => Math.min(Math.max(x, 0), 6), slope: (x) => (x > 0 && x < 6 ? 1 : 0) },
  leaky_relu: { value: (x, alpha) => (x > 0 ? x : alpha * x), slope: (x, _, alpha) => (x > 0 ? 1 : alpha) },
  elu: {
    value: (x, alpha) => (x > 0 ? x : alpha * expm1(x)),
    slope: (x, y, alpha) => (x > 0 ? 1 : y + alpha),
  },
  selu: {
    value: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * expm1(x)),
    slope: (x, y) => (x > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA),
  },
  gelu: {
    value: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
    slope: (x) => 0.5 * (1 + erf(x * Math.SQRT1_2)) + x * INVERSE_SQRT_2PI * exp(-0.5 * x * x),
  },
  gelu_tanh: {
    value: (x) => 0.5 * x * (1 + tanh(GELU_C * (x + 0.044715 * x * x * x))),
    slope: (x) => {
      const t = tanh(GELU_C * (x + 0.044715 * x * x * x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * GELU_C * (1 + 3 * 0.044715 * x * x);
    },
  },
  sigmoid: { value: sigmoid, slope: (_, y) => y * (1 - y) },
  hard_sigmoid: {
    value: (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
    slope: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  },
  silu: {
    value: (x) => x * sigmoid(x),
    slope: (x) => {
      const s = sigmoid(x);
      return s * (1 + x * (1 - s));
    },
  },
  tanh: { value: tanh, slope: (_, y) => 1 - y * y },
  softplus: { value: softplus, slope: sigmoid },
  softsign: { value: (x) => x / (1 + Math.abs(x)), slope: (x) => 1 / (1 + Math.abs(x)) ** 2 },
  exponential: { value: exp, slope: (_, y) => y },
};

/** The alpha in force: the one given, or Keras's default for the function. */
export function alphaOf(name: ActivationFunction, alpha: number | undefined): number {
  return alpha ?? (name === "leaky_relu" ? 0.2 : 1);
}
