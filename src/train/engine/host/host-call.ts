import type { LossSpec } from "../../losses.ts";
import type { OptimizerSpec } from "../../optimizers.ts";
import type { ActivationFunction, ParameterRule } from "../graph.ts";
import type { PackPointsCall, TakePointsCall } from "./winograd.ts";

/**
 * Work that is done in TypeScript on the engine's memory: what is rare, small, or needs float64. Addresses of values
 * are relative to their tile's memory. Lanes are the 32 samples of one channel at one position.
 */
export type HostCall =
  | PackSamplesCall
  | PackKernelCall
  | PackPointsCall
  | TakePointsCall
  | TransposeCall
  | ActivationCall
  | ActivationGradientCall
  | SoftmaxCall
  | SoftmaxGradientCall
  | DropoutCall
  | MoveCall
  | MoveGradientCall
  | ClearCall
  | LanesCall
  | BatchMeanCall
  | BatchScaleCall
  | MovingScaleCall
  | BatchNormGradientCall
  | LossCall
  | CollectCall
  | PenaltyCall
  | ClipCall
  | ConstrainCall;

/** Samples too small for the pack kernel. Units: numbers of a sample. */
export interface PackSamplesCall {
  readonly kind: "packSamples";
  readonly input: number;
  readonly bytes: boolean;
  readonly target: number;
}

/**
 * A kernel in the order that the forward kernel reads it: `[group][block of filters][tap][channel][filter]`. `flip`:
 * taps turned around and channels and filters exchanged, for the gradient of the input. Units: blocks of all groups.
 */
export interface PackKernelCall {
  readonly kind: "packKernel";
  readonly source: number;
  readonly target: number;
  readonly taps: number;
  /** Of one group. */
  readonly channels: number;
  /** Of all groups. */
  readonly filters: number;
  readonly groups: number;
  readonly flip: boolean;
  readonly scale: number;
}

/** The gradient of a dense layer's output by samples, and the gradient of its bias. Units: outputs. */
export interface TransposeCall {
  readonly kind: "transpose";
  readonly dy: number;
  readonly target: number;
  /** Floats from one sample to the next in `target`. */
  readonly stride: number;
  /** Address of the bias's gradient, or 0. */
  readonly bias: number;
}

/** Units: lanes. */
export interface ActivationCall {
  readonly kind: "activation";
  readonly function: ActivationFunction;
  readonly alpha: number;
  readonly x: number;
  readonly y: number;
}

export interface ActivationGradientCall {
  readonly kind: "activationGradient";
  readonly function: ActivationFunction;
  readonly alpha: number;
  readonly x: number;
  readonly y: number;
  readonly dy: number;
  readonly dx: number;
  readonly accumulate: boolean;
}

/** Over the channels. Units: positions. */
export interface SoftmaxCall {
  readonly kind: "softmax";
  readonly channels: number;
  readonly x: number;
  readonly y: number;
}

export interface SoftmaxGradientCall {
  readonly kind: "softmaxGradient";
  readonly channels: number;
  readonly y: number;
  readonly dy: number;
  readonly dx: number;
  readonly accumulate: boolean;
}

/** Forward from x to y, backward from dy to dx: the same factors. Units: lanes. */
export interface DropoutCall {
  readonly kind: "dropout";
  readonly rate: number;
  readonly node: number;
  /** What a mask's number stands for: a channel (of so many) or, with 0, each lane. */
  readonly channels: number;
  readonly from: number;
  readonly to: number;
  readonly accumulate: boolean;
}

/** Copies runs of lanes; where `zeros` the target is cleared before. Units: runs. */
export interface MoveCall {
  readonly kind: "move";
  readonly x: number;
  readonly y: number;
  /** Triples: first lane in x, first lane in y, lanes. */
  readonly runs: Int32Array;
}

/** Adds runs of y's gradient to x's. Units: lanes of a run, so that runs with one source do not collide. */
export interface MoveGradientCall {
  readonly kind: "moveGradient";
  readonly dy: number;
  readonly dx: number;
  readonly runs: Int32Array;
}

/** Zeros. Units: lanes. */
export interface ClearCall {
  readonly kind: "clear";
  readonly target: number;
}

/** Marks which samples of the tile count, as bits. One unit. */
export interface LanesCall {
  readonly kind: "lanes";
  readonly target: number;
}

/** Sums to means. Units: channels. */
export interface BatchMeanCall {
  readonly kind: "batchMean";
  readonly sums: number;
  readonly positions: number;
  readonly mean: number;
}

/** The batch's variance to a scale, and moving averages. Units: channels. */
export interface BatchScaleCall {
  readonly kind: "batchScale";
  /** Sums of squared deviations. */
  readonly sums: number;
  readonly positions: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly mean: number;
  readonly inverse: number;
  readonly scale: number;
  readonly shift: number;
  /** Addresses of the parameters; 0 where there is none. */
  readonly gamma: number;
  readonly beta: number;
  readonly movingMean: number;
  readonly movingVariance: number;
}

/** Moving statistics to mean and scale. Units: channels. */
export interface MovingScaleCall {
  readonly kind: "movingScale";
  readonly epsilon: number;
  readonly mean: number;
  readonly inverse: number;
  readonly scale: number;
  readonly shift: number;
  readonly gamma: number;
  readonly beta: number;
  readonly movingMean: number;
  readonly movingVariance: number;
}

/** Sums over the batch to the parameters' gradients and the terms of the input's. Units: channels. */
export interface BatchNormGradientCall {
  readonly kind: "batchNormGradient";
  /** Sums of dy, and of dy times the deviation from the mean. */
  readonly sums: number;
  readonly products: number;
  readonly positions: number;
  readonly inverse: number;
  /** Addresses of gradients; 0 where there is none. */
  readonly gamma: number;
  readonly beta: number;
  /** Results per channel: mean of dy, and mean of dy times the deviation, times inverse squared. */
  readonly meanSlope: number;
  readonly deviationSlope: number;
}

/** Units: rows (positions of the output). */
export interface LossCall {
  readonly kind: "loss";
  readonly spec: LossSpec;
  readonly channels: number;
  readonly values: number;
  /** Address of the gradient, or 0. */
  readonly gradient: number;
  readonly rows: number;
}

/** The tile's outputs into the predictions, sample after sample. Units: lanes. */
export interface CollectCall {
  readonly kind: "collect";
  readonly values: number;
}

/** A parameter as the penalty, clipping and constraint functions see it. */
export interface ParameterView {
  readonly weights: number;
  readonly gradient: number;
  readonly shape: readonly number[];
  readonly rule: ParameterRule;
  /** Whether the backward pass writes its gradient; else it starts at zero. */
  readonly reached: boolean;
}

/** Adds the regularizers' derivatives. One unit. */
export interface PenaltyCall {
  readonly kind: "penalty";
  readonly parameters: readonly ParameterView[];
}

/** Clips gradients by norms. One unit. */
export interface ClipCall {
  readonly kind: "clip";
  readonly optimizer: OptimizerSpec;
  readonly parameters: readonly ParameterView[];
}

/** Max-norm constraints. One unit. */
export interface ConstrainCall {
  readonly kind: "constrain";
  readonly parameters: readonly ParameterView[];
}
