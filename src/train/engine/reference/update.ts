import type { OptimizerSpec } from "../../optimizers.ts";
import type { ParameterRule } from "../graph.ts";
import type { Numbers } from "./layer.ts";

/**
 * One update of one parameter in place, as Keras does it: weight decay, then the optimizer's own rule.
 *
 * @param step counts from 1
 * @param slots in the order of `slotsOf`
 */
export function updateParameter(
  spec: OptimizerSpec,
  rate: number,
  step: number,
  weights: Numbers,
  gradient: Numbers,
  slots: readonly Numbers[],
): void {
  const decay = spec.weightDecay ?? 0;
  const rule = ruleOf(spec, rate, step, slots);
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]! - weights[i]! * decay * rate;
    weights[i] = w + rule(gradient[i]!, i);
  }
}

/** What is added to weight `i` for its gradient. */
function ruleOf(
  spec: OptimizerSpec,
  rate: number,
  step: number,
  slots: readonly Numbers[],
): (g: number, i: number) => number {
  if (spec.kind === "sgd") {
    const { momentum = 0, nesterov = false } = spec;
    const [m] = slots;
    if (m === undefined) return (g) => -rate * g;
    return (g, i) => {
      m[i] = momentum * m[i]! - rate * g;
      return nesterov ? momentum * m[i]! - rate * g : m[i]!;
    };
  }
  if (spec.kind === "adam") {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, form = "keras" } = spec;
    const first = 1 - beta1 ** step;
    const second = Math.sqrt(1 - beta2 ** step);
    const [m, v] = [slots[0]!, slots[1]!];
    return (g, i) => {
      m[i] = m[i]! + (g - m[i]!) * (1 - beta1);
      v[i] = v[i]! + (g * g - v[i]!) * (1 - beta2);
      return form === "torch"
        ? ((-rate / first) * m[i]!) / (Math.sqrt(v[i]!) / second + epsilon)
        : (((-rate * second) / first) * m[i]!) / (Math.sqrt(v[i]!) + epsilon);
    };
  }
  const { rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false } = spec;
  const v = slots[0]!;
  const m = momentum ? slots[1]! : null;
  const average = centered ? slots.at(-1)! : null;
  return (g, i) => {
    v[i] = rho * v[i]! + (1 - rho) * g * g;
    let spread = v[i]! + epsilon;
    if (average) {
      average[i] = rho * average[i]! + (1 - rho) * g;
      spread -= average[i]! ** 2;
    }
    const change = (-rate * g) / Math.sqrt(spread);
    if (!m) return change;
    m[i] = momentum * m[i]! - change;
    return -m[i]!;
  };
}

/** The penalty that a rule's regularizers add to the loss. */
export function penaltyOf(rule: ParameterRule, weights: ArrayLike<number>): number {
  const { l1 = 0, l2 = 0 } = rule;
  if (l1 === 0 && l2 === 0) return 0;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += l1 * Math.abs(weights[i]!) + l2 * weights[i]! ** 2;
  return sum;
}

/** Adds the penalty's derivative to the gradient. */
export function addPenaltySlope(
  rule: ParameterRule,
  weights: ArrayLike<number>,
  gradient: Numbers | Float32Array,
): void {
  const { l1 = 0, l2 = 0 } = rule;
  if (l1 === 0 && l2 === 0) return;
  for (let i = 0; i < weights.length; i++) {
    gradient[i] = gradient[i]! + l1 * Math.sign(weights[i]!) + 2 * l2 * weights[i]!;
  }
}

/** Clips gradients as the spec asks, all parameters' at once because the global norm needs them. */
export function clipGradients(spec: OptimizerSpec, gradients: readonly (Numbers | Float32Array)[]): void {
  const { clipValue, clipNorm, globalClipNorm } = spec;
  const square = (g: Numbers | Float32Array): number => {
    let sum = 0;
    for (let i = 0; i < g.length; i++) sum += g[i]! * g[i]!;
    return sum;
  };
  const scale = (g: Numbers | Float32Array, factor: number): void => {
    if (factor === 1) return;
    for (let i = 0; i < g.length; i++) g[i] = g[i]! * factor;
  };
  if (clipNorm !== undefined) {
    for (const g of gradients) scale(g, clipNorm / Math.max(Math.sqrt(square(g)), clipNorm));
  } else if (globalClipNorm !== undefined) {
    const norm = Math.sqrt(gradients.reduce((sum, g) => sum + square(g), 0));
    for (const g of gradients) scale(g, globalClipNorm / Math.max(norm, globalClipNorm));
  } else if (clipValue !== undefined) {
    for (const g of gradients) {
      for (let i = 0; i < g.length; i++) g[i] = Math.min(Math.max(g[i]!, -clipValue), clipValue);
    }
  }
}

/** Keras's MaxNorm constraint, in place. */
export function constrain(
  rule: ParameterRule,
  shape: readonly number[],
  weights: Numbers | Float32Array,
): void {
  if (rule.maxNorm === undefined) return;
  const { limit, axes = [0] } = rule.maxNorm;
  const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  /** Running number of the norm that a weight belongs to. */
  const owner = (index: number): number => {
    let rest = index;
    let unit = 1;
    let found = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (reduced.has(axis)) continue;
      found += at * unit;
      unit *= shape[axis]!;
    }
    return found;
  };
  const squares = new Map<number, number>();
  for (let i = 0; i < weights.length; i++)
    squares.set(owner(i), (squares.get(owner(i)) ?? 0) + weights[i]! ** 2);
  for (let i = 0; i < weights.length; i++) {
    const norm = Math.sqrt(squares.get(owner(i))!);
    weights[i] = weights[i]! * (Math.min(norm, limit) / (1e-7 + norm));
  }
}
