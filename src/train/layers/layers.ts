import { createLayer, type Layer, type SymbolicTensor } from "../layer.ts";
import { common, kernelConfig } from "./config.ts";
import { conv, depthwise, separable, transposed } from "./convolutions.ts";
import type {
  ActivationName,
  BatchNormalizationOptions,
  ConvOptions,
  DepthwiseOptions,
  KernelOptions,
  LayerOptions,
  PerAxis,
  PoolOptions,
  SeparableOptions,
  TransposedOptions,
} from "./options.ts";
import { globalPool, pool } from "./pooling.ts";
import { type Pairs, upSampling, zeroPadding } from "./resizing.ts";

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
