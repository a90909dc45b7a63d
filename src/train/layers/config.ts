import type { Json } from "../layer.ts";
import { serializeInitializer } from "../serialized.ts";
import type { ConvOptions, KernelOptions, LayerOptions, PerAxis } from "./options.ts";

/** A layer's config by Keras's names; what is undefined is left out. */
export type Config = { readonly [key: string]: Json | undefined };
/** Spatial axes. */
export type Rank = 1 | 2 | 3;

/** What every layer's config has. */
export function common({ name, trainable, inputShape }: LayerOptions): Config {
  return {
    name,
    trainable: trainable ?? true,
    dtype: "float32",
    batch_input_shape: inputShape === undefined ? undefined : [null, ...inputShape],
  };
}

/** One number for each spatial axis. */
export function perAxis(value: PerAxis | undefined, rank: Rank, fallback: number): readonly number[] {
  const given = value ?? fallback;
  return typeof given === "number" ? new Array<number>(rank).fill(given) : given;
}

/** What configs of layers with a kernel have. */
export function kernelConfig(options: KernelOptions, prefix = "kernel"): Config {
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

/** How a kernel moves. */
export function window(options: Omit<ConvOptions, "filters">, rank: Rank): Config {
  return {
    kernel_size: perAxis(options.kernelSize, rank, 1),
    strides: perAxis(options.strides, rank, 1),
    padding: options.padding ?? "valid",
    data_format: "channels_last",
    dilation_rate: perAxis(options.dilationRate, rank, 1),
  };
}
