import { createLayer, type Layer } from "../layer.ts";
import { common, perAxis, type Rank } from "./config.ts";
import type { LayerOptions, PoolOptions } from "./options.ts";

/** `MaxPooling1D` to `AveragePooling3D`. */
export function pool(mode: "Max" | "Average", rank: Rank, options: PoolOptions = {}): Layer {
  const size = perAxis(options.poolSize, rank, 2);
  return createLayer(`${mode}Pooling${rank}D`, {
    ...common(options),
    pool_size: size,
    strides: options.strides === undefined ? size : perAxis(options.strides, rank, 1),
    padding: options.padding ?? "valid",
    data_format: "channels_last",
  });
}

/** `GlobalMaxPooling1D` to `GlobalAveragePooling3D`. */
export function globalPool(
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
