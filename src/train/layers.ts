import { createLayer, type Json, type Layer, type SymbolicTensor } from "./layer.ts";
import { type InitializerLike, type Serialized, serializeInitializer } from "./serialized.ts";

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

type Config = { readonly [key: string]: Json | undefined };
type Rank = 1 | 2 | 3;

function common({ name, trainable, inputShape }: LayerOptions): Config {
  return {
    name,
    trainable: trainable ?? true,
    dtype: "float32",
    batch_input_shape: inputShape === undefined ? undefined : [null, ...inputShape],
  };
}

function perAxis(value: PerAxis | undefined, rank: Rank, fallback: number): readonly number[] {
  const given = value ?? fallback;
  return typeof given === "number" ? new Array<number>(rank).fill(given) : given;
}

function kernelConfig(options: KernelOptions, prefix = "kernel"): Config {
  return {
    activation: options.activation ?? "linear",
    use_bias: options.useBias ?? true,
    [`${prefix}_initializer`]: serializeInitializer(options.kernelInitializer ?? "glorotUniform"),
    bias_initializer: serializeInitializer(options.biasInitializer ?? "zeros"),
    [`${prefix}_regularizer`]: options.kernelRegularizer ?? null,
    bias_regularizer: options.biasRegularizer ?? null,
    activity_regularizer: null,
    [`${prefix}_constraint`]: options.kernelConstraint ?? null,
    bias_constraint: options.biasConstraint ?? null,
  };
}

function window(options: Omit<ConvOptions, "filters">, rank: Rank): Config {
  return {
    kernel_size: perAxis(options.kernelSize, rank, 1),
    strides: perAxis(options.strides, rank, 1),
    padding: options.padding ?? "valid",
    data_format: "channels_last",
    dilation_rate: perAxis(options.dilationRate, rank, 1),
  };
}

function conv(rank: Rank, options: ConvOptions): Layer {
  return createLayer(`Conv${rank}D`, {
    ...common(options),
    filters: options.filters,
    ...window(options, rank),
    groups: options.groups ?? 1,
    ...kernelConfig(options),
  });
}

function transposed(rank: Rank, options: TransposedOptions): Layer {
  return createLayer(`Conv${rank}DTranspose`, {
    ...common(options),
    filters: options.filters,
    ...window(options, rank),
    output_padding: options.outputPadding === undefined ? null : perAxis(options.outputPadding, rank, 0),
    ...kernelConfig(options),
  });
}

function depthwise(rank: 1 | 2, options: DepthwiseOptions): Layer {
  return createLayer(`DepthwiseConv${rank}D`, {
    ...common(options),
    ...window(options, rank),
    depth_multiplier: options.depthMultiplier ?? 1,
    ...kernelConfig({ ...options, kernelInitializer: options.depthwiseInitializer }, "depthwise"),
  });
}

function separable(rank: 1 | 2, options: SeparableOptions): Layer {
  return createLayer(`SeparableConv${rank}D`, {
    ...common(options),
    filters: options.filters,
    ...window(options, rank),
    depth_multiplier: options.depthMultiplier ?? 1,
    ...kernelConfig({ ...options, kernelInitializer: options.depthwiseInitializer }, "depthwise"),
    pointwise_initializer: serializeInitializer(options.pointwiseInitializer ?? "glorotUniform"),
    pointwise_regularizer: null,
    pointwise_constraint: null,
  });
}

function pool(mode: "Max" | "Average", rank: Rank, options: PoolOptions = {}): Layer {
  const size = perAxis(options.poolSize, rank, 2);
  return createLayer(`${mode}Pooling${rank}D`, {
    ...common(options),
    pool_size: size,
    strides: options.strides === undefined ? size : perAxis(options.strides, rank, 1),
    padding: options.padding ?? "valid",
    data_format: "channels_last",
  });
}

function globalPool(
  mode: "Max" | "Average",
  rank: Rank,
  options: LayerOptions & { readonly keepDims?: boolean } = {},
): Layer {
  return createLayer(`Global${mode}Pooling${rank}D`, {
    ...common(options),
    data_format: "channels_last",
    keepdims: options.keepDims ?? false,
  });
}

type Pairs = number | readonly (number | readonly [number, number])[];

function zeroPadding(rank: Rank, options: LayerOptions & { readonly padding?: Pairs } = {}): Layer {
  const given = options.padding ?? 1;
  const list = typeof given === "number" ? new Array<number>(rank).fill(given) : given;
  const pairs = list.map((each) => (typeof each === "number" ? [each, each] : each));
  return createLayer(`ZeroPadding${rank}D`, {
    ...common(options),
    padding: rank === 1 ? pairs[0]! : pairs,
    ...(rank === 1 ? {} : { data_format: "channels_last" }),
  });
}

function upSampling(rank: Rank, options: LayerOptions & { readonly size?: PerAxis } = {}): Layer {
  const size = perAxis(options.size, rank, 2);
  return createLayer(`UpSampling${rank}D`, {
    ...common(options),
    size: rank === 1 ? size[0]! : size,
    ...(rank === 1 ? {} : { data_format: "channels_last" }),
    ...(rank === 2 ? { interpolation: "nearest" } : {}),
  });
}

function merge(className: string): (options?: LayerOptions) => Layer {
  return (options = {}) => createLayer(className, common(options));
}

/** The start of a functional network: one sample has `shape`; the batch axis is left out. */
export function input(options: {
  readonly shape: readonly number[];
  readonly name?: string;
}): SymbolicTensor {
  const layer = createLayer("InputLayer", {
    name: options.name,
    batch_shape: [null, ...options.shape],
    dtype: "float32",
    sparse: false,
  });
  return layer.apply();
}

/**
 * Makers of layers, by Keras's names in camelCase with Keras's defaults. Data is channels last.
 *
 * @example
 * sequential([layers.conv3d({ filters: 2, kernelSize: 3, strides: 4, padding: "same", inputShape: [224, 224, 3, 1] })]);
 */
export const layers = {
  conv1d: (options: ConvOptions): Layer => conv(1, options),
  conv2d: (options: ConvOptions): Layer => conv(2, options),
  conv3d: (options: ConvOptions): Layer => conv(3, options),
  depthwiseConv1d: (options: DepthwiseOptions): Layer => depthwise(1, options),
  depthwiseConv2d: (options: DepthwiseOptions): Layer => depthwise(2, options),
  separableConv1d: (options: SeparableOptions): Layer => separable(1, options),
  separableConv2d: (options: SeparableOptions): Layer => separable(2, options),
  conv1dTranspose: (options: TransposedOptions): Layer => transposed(1, options),
  conv2dTranspose: (options: TransposedOptions): Layer => transposed(2, options),
  conv3dTranspose: (options: TransposedOptions): Layer => transposed(3, options),
  dense: (options: KernelOptions & { readonly units: number }): Layer =>
    createLayer("Dense", { ...common(options), units: options.units, ...kernelConfig(options) }),
  activation: (activation: ActivationName, options: LayerOptions = {}): Layer =>
    createLayer("Activation", { ...common(options), activation }),
  reLU: merge("ReLU"),
  softmax: merge("Softmax"),
  dropout: (rate: number, options: LayerOptions & { readonly seed?: number } = {}): Layer =>
    createLayer("Dropout", { ...common(options), rate, seed: options.seed ?? null, noise_shape: null }),
  flatten: (options: LayerOptions = {}): Layer =>
    createLayer("Flatten", { ...common(options), data_format: "channels_last" }),
  reshape: (targetShape: readonly number[], options: LayerOptions = {}): Layer =>
    createLayer("Reshape", { ...common(options), target_shape: targetShape }),
  batchNormalization: (options: BatchNormalizationOptions = {}): Layer =>
    createLayer("BatchNormalization", {
      ...common(options),
      axis: -1,
      momentum: options.momentum ?? 0.99,
      epsilon: options.epsilon ?? 0.001,
      center: options.center ?? true,
      scale: options.scale ?? true,
    }),
  maxPooling1d: (options?: PoolOptions): Layer => pool("Max", 1, options),
  maxPooling2d: (options?: PoolOptions): Layer => pool("Max", 2, options),
  maxPooling3d: (options?: PoolOptions): Layer => pool("Max", 3, options),
  averagePooling1d: (options?: PoolOptions): Layer => pool("Average", 1, options),
  averagePooling2d: (options?: PoolOptions): Layer => pool("Average", 2, options),
  averagePooling3d: (options?: PoolOptions): Layer => pool("Average", 3, options),
  globalMaxPooling1d: (options?: LayerOptions): Layer => globalPool("Max", 1, options),
  globalMaxPooling2d: (options?: LayerOptions): Layer => globalPool("Max", 2, options),
  globalMaxPooling3d: (options?: LayerOptions): Layer => globalPool("Max", 3, options),
  globalAveragePooling1d: (options?: LayerOptions): Layer => globalPool("Average", 1, options),
  globalAveragePooling2d: (options?: LayerOptions): Layer => globalPool("Average", 2, options),
  globalAveragePooling3d: (options?: LayerOptions): Layer => globalPool("Average", 3, options),
  zeroPadding1d: (options?: LayerOptions & { readonly padding?: Pairs }): Layer => zeroPadding(1, options),
  zeroPadding2d: (options?: LayerOptions & { readonly padding?: Pairs }): Layer => zeroPadding(2, options),
  zeroPadding3d: (options?: LayerOptions & { readonly padding?: Pairs }): Layer => zeroPadding(3, options),
  upSampling1d: (options?: LayerOptions & { readonly size?: PerAxis }): Layer => upSampling(1, options),
  upSampling2d: (options?: LayerOptions & { readonly size?: PerAxis }): Layer => upSampling(2, options),
  upSampling3d: (options?: LayerOptions & { readonly size?: PerAxis }): Layer => upSampling(3, options),
  add: merge("Add"),
  subtract: merge("Subtract"),
  multiply: merge("Multiply"),
  average: merge("Average"),
  maximum: merge("Maximum"),
  concatenate: (options: LayerOptions & { readonly axis?: number } = {}): Layer =>
    createLayer("Concatenate", { ...common(options), axis: options.axis ?? -1 }),
  input,
} as const;
