import { createLayer, type Layer } from "../layer.ts";
import { common, perAxis, type Rank } from "./config.ts";
import type { LayerOptions, PerAxis } from "./options.ts";

/** Rows to add: of every axis, or of each, or before and after each. */
export type Pairs = number | readonly (number | readonly [number, number])[];

/** `ZeroPadding1D` to `3D`. */
export function zeroPadding(rank: Rank, options: LayerOptions & { readonly padding?: Pairs } = {}): Layer {
  const given = options.padding ?? 1;
  const list = typeof given === "number" ? new Array<number>(rank).fill(given) : given;
  const pairs = list.map((each) => (typeof each === "number" ? [each, each] : each));
  return createLayer(`ZeroPadding${rank}D`, {
    ...common(options),
    padding: rank === 1 ? pairs[0]! : pairs,
    ...(rank === 1 ? {} : { data_format: "channels_last" }),
  });
}

/** `UpSampling1D` to `3D`. */
export function upSampling(rank: Rank, options: LayerOptions & { readonly size?: PerAxis } = {}): Layer {
  const size = perAxis(options.size, rank, 2);
  return createLayer(`UpSampling${rank}D`, {
    ...common(options),
    size: rank === 1 ? size[0]! : size,
    ...(rank === 1 ? {} : { data_format: "channels_last" }),
    ...(rank === 2 ? { interpolation: "nearest" } : {}),
  });
}
