import type { InitializerLike, Serialized } from "../serialized.ts";

/** One number for every spatial axis, or one each. */
export type PerAxis = number | readonly number[];

/** What every layer may be told. */
export interface LayerOptions {
  /** Default: the class in snake case, numbered within the network (`conv3d`, `conv3d_1`). */
  readonly name?: string | undefined;
  /** Whether training may change the layer's weights; default true. */
  readonly trainable?: boolean | undefined;
  /** Shape of one sample, for the first layer of a sequential network: `[224, 224, 3, 1]`. */
  readonly inputShape?: readonly number[] | undefined;
}

/** An activation by its Keras name; default linear. */
export type ActivationName =
  | "linear"
  | "relu"
  | "relu6"
  | "leaky_relu"
  | "elu"
  | "selu"
  | "gelu"
  | "sigmoid"
  | "hard_sigmoid"
  | "silu"
  | "swish"
  | "tanh"
  | "softplus"
  | "softsign"
  | "exponential"
  | "softmax";

/** What layers with a kernel may be told. */
export interface KernelOptions extends LayerOptions {
  readonly activation?: ActivationName | undefined;
  /** Default true. */
  readonly useBias?: boolean | undefined;
  /** Default glorotUniform. */
  readonly kernelInitializer?: InitializerLike | undefined;
  /** Default zeros. */
  readonly biasInitializer?: InitializerLike | undefined;
  readonly kernelRegularizer?: Serialized | undefined;
  readonly biasRegularizer?: Serialized | undefined;
  readonly kernelConstraint?: Serialized | undefined;
  readonly biasConstraint?: Serialized | undefined;
}

/** A convolution. */
export interface ConvOptions extends KernelOptions {
  readonly filters: number;
  readonly kernelSize: PerAxis;
  readonly strides?: PerAxis | undefined;
  /** `valid` (default) or TensorFlow's `same`; `causal` for conv1d. */
  readonly padding?: "valid" | "same" | "causal" | undefined;
  readonly dilationRate?: PerAxis | undefined;
  readonly groups?: number | undefined;
}

/** A depthwise convolution: every channel has its own kernels. */
export interface DepthwiseOptions
  extends Omit<
    ConvOptions,
    "filters" | "groups" | "kernelInitializer" | "kernelRegularizer" | "kernelConstraint"
  > {
  readonly depthMultiplier?: number | undefined;
  readonly depthwiseInitializer?: InitializerLike | undefined;
}

/** A depthwise convolution followed by a pointwise one. */
export interface SeparableOptions extends DepthwiseOptions {
  readonly filters: number;
  readonly pointwiseInitializer?: InitializerLike | undefined;
}

/** A transposed convolution. */
export interface TransposedOptions extends Omit<ConvOptions, "padding" | "groups"> {
  readonly padding?: "valid" | "same" | undefined;
  readonly outputPadding?: PerAxis | undefined;
}

/** A pooling window; default size 2, strides as the size. */
export interface PoolOptions extends LayerOptions {
  readonly poolSize?: PerAxis | undefined;
  readonly strides?: PerAxis | undefined;
  readonly padding?: "valid" | "same" | undefined;
}

/** Batch normalisation with Keras's defaults. */
export interface BatchNormalizationOptions extends LayerOptions {
  readonly momentum?: number | undefined;
  readonly epsilon?: number | undefined;
  readonly center?: boolean | undefined;
  readonly scale?: boolean | undefined;
}
