/**
 * What an engine computes: a directed acyclic graph of operations over samples. The graph holds no weights; they are
 * named `<node>/<parameter>` and given by `Engine.setWeights`. Shapes leave out the batch axis and are channels last,
 * as in Keras: `[steps, channels]`, `[height, width, channels]`, `[depth, height, width, channels]` or `[units]`.
 */
export interface Graph {
  /** In an order where every node comes after its inputs. */
  readonly nodes: readonly GraphNode[];
  /** The node whose value is predicted and compared with the targets. */
  readonly output: string;
}

/** One operation with a name that is unique in its graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: Operation;
  /** Names of the nodes whose values it takes; none for an input. */
  readonly inputs: readonly string[];
  /** What training may do to its parameters, by the parameter's short name (`kernel`, `bias`, `gamma`, …). */
  readonly rules?: Readonly<Record<string, ParameterRule>>;
}

/** Keras's regularizer, constraint and `trainable` of one parameter. */
export interface ParameterRule {
  /** Default true. A batch normalization whose gamma, beta are not trainable runs with its moving statistics. */
  readonly trainable?: boolean;
  /** Adds `l1 * sum(|w|)` to the loss. */
  readonly l1?: number;
  /** Adds `l2 * sum(w^2)` to the loss. */
  readonly l2?: number;
  /** Keras's MaxNorm: after each step `w *= clip(norm, 0, limit) / (1e-7 + norm)`, norms along `axes` (default [0]). */
  readonly maxNorm?: { readonly limit: number; readonly axes?: readonly number[] };
}

/** TensorFlow's padding rules; `causal` pads in front only and is for one spatial axis. */
export type Padding = "same" | "valid" | "causal";

/** Samples as they are given: float32, or bytes that stay bytes until they are used, then times `scale`. */
export interface InputOperation {
  readonly kind: "input";
  readonly shape: readonly number[];
  readonly dtype: "float32" | "uint8";
  /** What a byte is multiplied by; default 1/255. */
  readonly scale?: number;
}

/**
 * Convolution over 1, 2 or 3 spatial axes. Parameters: `kernel` `[...kernelSize, inputChannels / groups, filters]`,
 * `bias` `[filters]`. A depthwise convolution with multiplier M is `groups = channels`, `filters = channels * M`:
 * its Keras kernel `[...kernelSize, channels, M]` has the same bytes. A separable one is two nodes.
 */
export interface ConvOperation {
  readonly kind: "conv";
  readonly filters: number;
  readonly kernelSize: readonly number[];
  /** Default 1 on every axis. */
  readonly strides?: readonly number[];
  /** Default 1 on every axis. */
  readonly dilation?: readonly number[];
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Default 1; divides channels and filters. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * Transposed convolution as Keras's Conv1D/2D/3DTranspose. Parameters: `kernel` `[...kernelSize, filters,
 * inputChannels]`, `bias` `[filters]`.
 */
export interface TransposedConvOperation {
  readonly kind: "transposedConv";
  readonly filters: number;
  readonly kernelSize: readonly number[];
  readonly strides?: readonly number[];
  readonly dilation?: readonly number[];
  /** Default `valid`. */
  readonly padding?: "same" | "valid";
  /** Keras's `output_padding`; default: none, which is not the same as 0. */
  readonly outputPadding?: readonly number[];
  readonly bias?: boolean;
}

/** `y = x W + b` on the last axis. Parameters: `kernel` `[channels, units]`, `bias` `[units]`. */
export interface DenseOperation {
  readonly kind: "dense";
  readonly units: number;
  readonly bias?: boolean;
}

export type ActivationFunction =
  | "linear"
  | "relu"
  | "relu6"
  | "leaky_relu"
  | "elu"
  | "selu"
  | "gelu"
  | "gelu_tanh"
  | "sigmoid"
  | "hard_sigmoid"
  | "silu"
  | "tanh"
  | "softplus"
  | "softsign"
  | "exponential";

/** A function of each number alone; `softmax` is an operation of its own. */
export interface ActivationOperation {
  readonly kind: "activation";
  readonly function: ActivationFunction;
  /** leaky_relu: slope below zero (default 0.2, as Keras's function); elu: scale below zero (default 1). */
  readonly alpha?: number;
}

/** Softmax over the last axis. */
export interface SoftmaxOperation {
  readonly kind: "softmax";
}

/** Inverted dropout: active in training only. */
export interface DropoutOperation {
  readonly kind: "dropout";
  /** Share that is dropped, 0 <= rate < 1. */
  readonly rate: number;
  /** Drops whole channels instead of single numbers (Keras's SpatialDropout). */
  readonly spatial?: boolean;
}

/**
 * Keras's BatchNormalization over the last axis. Parameters: `gamma`, `beta`, `movingMean`, `movingVariance`, each
 * `[channels]`; the latter two are not trained but averaged.
 */
export interface BatchNormOperation {
  readonly kind: "batchNorm";
  /** Default 0.99. */
  readonly momentum?: number;
  /** Default 1e-3. */
  readonly epsilon?: number;
  /** Whether there is a beta; default true. */
  readonly center?: boolean;
  /** Whether there is a gamma; default true. */
  readonly scale?: boolean;
}

/** Pooling windows. An average at a border is over the positions that exist, as in TensorFlow. */
export interface PoolOperation {
  readonly kind: "pool";
  readonly mode: "max" | "average";
  readonly poolSize: readonly number[];
  /** Default: the pool size. */
  readonly strides?: readonly number[];
  /** Default `valid`. */
  readonly padding?: "same" | "valid";
}

/** Pools all positions into one: `[..., channels]` to `[channels]`, or to `[1, ..., 1, channels]`. */
export interface GlobalPoolOperation {
  readonly kind: "globalPool";
  readonly mode: "max" | "average";
  readonly keepDims?: boolean;
}

/** Zeros before and after each spatial axis. */
export interface ZeroPaddingOperation {
  readonly kind: "zeroPadding";
  readonly padding: readonly (readonly [before: number, after: number])[];
}

/** Repeats every position `size` times along each spatial axis (nearest neighbour). */
export interface UpSamplingOperation {
  readonly kind: "upSampling";
  readonly size: readonly number[];
}

/** The same numbers in another shape of the same length; `flatten` is `reshape` to one axis. */
export interface ReshapeOperation {
  readonly kind: "reshape";
  readonly shape: readonly number[];
}

/** Two or more values of one shape, joined number by number. */
export interface MergeOperation {
  readonly kind: "add" | "subtract" | "multiply" | "average" | "maximum";
}

/** Joins along the last axis. */
export interface ConcatenateOperation {
  readonly kind: "concatenate";
}

export type Operation =
  | InputOperation
  | ConvOperation
  | TransposedConvOperation
  | DenseOperation
  | ActivationOperation
  | SoftmaxOperation
  | DropoutOperation
  | BatchNormOperation
  | PoolOperation
  | GlobalPoolOperation
  | ZeroPaddingOperation
  | UpSamplingOperation
  | ReshapeOperation
  | MergeOperation
  | ConcatenateOperation;
