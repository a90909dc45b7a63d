import { activations, alphaOf } from "../activation.ts";
import { dropoutBase, dropoutUniform } from "../dropout.ts";
import type { ActivationOperation, BatchNormOperation, DropoutOperation, MergeOperation } from "../graph.ts";
import { exp } from "../math.ts";
import type { Applied, Numbers, Pass } from "./layer.ts";

export function applyActivation(op: ActivationOperation, x: Numbers): Applied {
  const { value: f, slope: derivative } = activations[op.function];
  const alpha = alphaOf(op.function, op.alpha);
  const value = x.map((v) => f(v, alpha));
  return {
    value,
    backward: (slope) => ({
      inputs: [slope.map((s, i) => s * derivative(x[i]!, value[i]!, alpha))],
      parameters: [],
    }),
  };
}

export function applySoftmax(channels: number, x: Numbers): Applied {
  const value = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += channels) {
    const row = x.subarray(start, start + channels);
    const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (const v of row) sum += exp(v - top);
    row.forEach((v, i) => {
      value[start + i] = exp(v - top) / sum;
    });
  }
  return {
    value,
    backward: (slope) => {
      const dx = new Float64Array(x.length);
      for (let start = 0; start < x.length; start += channels) {
        let shared = 0;
        for (let i = start; i < start + channels; i++) shared += slope[i]! * value[i]!;
        for (let i = start; i < start + channels; i++) dx[i] = value[i]! * (slope[i]! - shared);
      }
      return { inputs: [dx], parameters: [] };
    },
  };
}

/** @param node the node's index, which the mask depends on */
export function applyDropout(
  op: DropoutOperation,
  node: number,
  channels: number,
  x: Numbers,
  pass: Pass,
): Applied {
  const size = x.length / pass.samples;
  const factors = x.map((_, i) => {
    if (!pass.training) return 1;
    const base = dropoutBase(pass.seed, pass.step, node, Math.floor(i / size));
    const element = op.spatial ? i % channels : i % size;
    return dropoutUniform(base, element) < op.rate ? 0 : 1 / (1 - op.rate);
  });
  const times = (values: Numbers): Numbers => values.map((v, i) => v * factors[i]!);
  return { value: times(x), backward: (slope) => ({ inputs: [times(slope)], parameters: [] }) };
}

export function applyMerge(op: MergeOperation, xs: readonly Numbers[]): Applied {
  const first = xs[0]!;
  const rest = xs.slice(1);
  /** For a maximum, which input won; the earlier one on a tie. */
  const winner = first.map((_, i) => xs.reduce((best, x, k) => (x[i]! > xs[best]![i]! ? k : best), 0));
  const value = first.map((v, i) => {
    if (op.kind === "maximum") return xs[winner[i]!]![i]!;
    if (op.kind === "multiply") return rest.reduce((product, x) => product * x[i]!, v);
    if (op.kind === "subtract") return v - rest[0]![i]!;
    const sum = rest.reduce((total, x) => total + x[i]!, v);
    return op.kind === "average" ? sum / xs.length : sum;
  });
  const factor = (k: number, i: number): number => {
    if (op.kind === "maximum") return winner[i] === k ? 1 : 0;
    if (op.kind === "multiply") return xs.reduce((product, x, j) => (j === k ? product : product * x[i]!), 1);
    if (op.kind === "subtract") return k === 0 ? 1 : -1;
    return op.kind === "average" ? 1 / xs.length : 1;
  };
  return {
    value,
    backward: (slope) => ({
      inputs: xs.map((_, k) => slope.map((s, i) => s * factor(k, i))),
      parameters: [],
    }),
  };
}

/**
 * Keras's batch normalization. `parameters` in the node's order; `own` says whether the batch's own statistics are
 * used (training, and gamma or beta trainable).
 */
export function applyBatchNorm(
  op: BatchNormOperation,
  channels: number,
  x: Numbers,
  parameters: readonly Numbers[],
  own: boolean,
): Applied {
  const list = [...parameters];
  const gamma = op.scale === false ? null : list.shift()!;
  const beta = op.center === false ? null : list.shift()!;
  const [movingMean, movingVariance] = [list[0]!, list[1]!];
  const rows = x.length / channels;
  const meanOf = (values: Numbers): Numbers => {
    const sums = new Float64Array(channels);
    values.forEach((v, i) => {
      sums[i % channels] = sums[i % channels]! + v;
    });
    return sums.map((s) => s / rows);
  };
  const mean = own ? meanOf(x) : movingMean;
  const variance = own ? meanOf(x.map((v, i) => (v - mean[i % channels]!) ** 2)) : movingVariance;
  const inverse = variance.map((v) => 1 / Math.sqrt(v + (op.epsilon ?? 1e-3)));
  const normal = x.map((v, i) => (v - mean[i % channels]!) * inverse[i % channels]!);
  const value = normal.map((v, i) => v * (gamma?.[i % channels] ?? 1) + (beta?.[i % channels] ?? 0));
  const backward: Applied["backward"] = (slope) => {
    const dBeta = meanOf(slope);
    const dGamma = meanOf(slope.map((s, i) => s * normal[i]!));
    const dx = slope.map((s, i) => {
      const c = i % channels;
      const centred = own ? s - dBeta[c]! - normal[i]! * dGamma[c]! : s;
      return centred * inverse[c]! * (gamma?.[c] ?? 1);
    });
    const zeros = new Float64Array(channels);
    const trained = [
      ...(gamma ? [dGamma.map((v) => v * rows)] : []),
      ...(beta ? [dBeta.map((v) => v * rows)] : []),
    ];
    return { inputs: [dx], parameters: [...trained, zeros, zeros] };
  };
  if (!own) return { value, backward };
  const momentum = op.momentum ?? 0.99;
  const average = (old: Numbers, now: Numbers): Numbers =>
    old.map((v, i) => v * momentum + now[i]! * (1 - momentum));
  const at = parameters.length - 2;
  return {
    value,
    backward,
    averaged: new Map([
      [at, average(movingMean, mean)],
      [at + 1, average(movingVariance, variance)],
    ]),
  };
}
