import { createLayer, type Layer } from "../layer.ts";
import { serializeInitializer } from "../serialized.ts";
import { common, kernelConfig, perAxis, type Rank, window } from "./config.ts";
import type { ConvOptions, DepthwiseOptions, SeparableOptions, TransposedOptions } from "./options.ts";

/** `Conv1D` to `Conv3D`. */
export function conv(rank: Rank, options: ConvOptions): Layer {
  return createLayer(`Conv${rank}D`, {
    ...common(options),
    filters: options.filters,
    ...window(options, rank),
    groups: options.groups ?? 1,
    ...kernelConfig(options),
  });
}

/** `Conv1DTranspose` to `Conv3DTranspose`. */
export function transposed(rank: Rank, options: TransposedOptions): Layer {
  return createLayer(`Conv${rank}DTranspose`, {
    ...common(options),
    filters: options.filters,
    ...window(options, rank),
    output_padding: options.outputPadding === undefined ? null : perAxis(options.outputPadding, rank, 0),
    ...kernelConfig(options),
  });
}

/** `DepthwiseConv1D` and `2D`. */
export function depthwise(rank: 1 | 2, options: DepthwiseOptions): Layer {
  return createLayer(`DepthwiseConv${rank}D`, {
    ...common(options),
    ...window(options, rank),
    depth_multiplier: options.depthMultiplier ?? 1,
    ...kernelConfig({ ...options, kernelInitializer: options.depthwiseInitializer }, "depthwise"),
  });
}

/** `SeparableConv1D` and `2D`. */
export function separable(rank: 1 | 2, options: SeparableOptions): Layer {
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
