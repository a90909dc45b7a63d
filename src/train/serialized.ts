import type { Json } from "./layer.ts";

/** An object of Keras as its configs hold it: `{module, class_name, config, registered_name}`. */
export type Serialized = { readonly [key: string]: Json };

/** Keras 3's form of a built-in object. */
export function serialized(
  module: string,
  className: string,
  config: { readonly [key: string]: Json },
): Serialized {
  return { module, class_name: className, config, registered_name: null };
}

/** An initializer by its Keras name, or as an object. */
export type InitializerLike =
  | "zeros"
  | "ones"
  | "glorotUniform"
  | "glorotNormal"
  | "heUniform"
  | "heNormal"
  | "lecunUniform"
  | "lecunNormal"
  | Serialized;

const CLASS_OF: Readonly<Record<Exclude<InitializerLike, Serialized>, string>> = {
  zeros: "Zeros",
  ones: "Ones",
  glorotUniform: "GlorotUniform",
  glorotNormal: "GlorotNormal",
  heUniform: "HeUniform",
  heNormal: "HeNormal",
  lecunUniform: "LecunUniform",
  lecunNormal: "LecunNormal",
};

/** An initializer as Keras's config holds it. */
export function serializeInitializer(initializer: InitializerLike): Serialized {
  if (typeof initializer !== "string") return initializer;
  const className = CLASS_OF[initializer];
  const seeded = className === "Zeros" || className === "Ones" ? {} : { seed: null };
  return serialized("keras.initializers", className, seeded);
}

/** The initializers, each with its Keras arguments. */
export const initializers: {
  zeros(): Serialized;
  ones(): Serialized;
  constant(value: number): Serialized;
  randomNormal(options?: {
    readonly mean?: number;
    readonly stddev?: number;
    readonly seed?: number;
  }): Serialized;
  randomUniform(options?: {
    readonly minval?: number;
    readonly maxval?: number;
    readonly seed?: number;
  }): Serialized;
  varianceScaling(options?: {
    readonly scale?: number;
    readonly mode?: "fan_in" | "fan_out" | "fan_avg";
    readonly distribution?: "uniform" | "untruncated_normal" | "truncated_normal";
    readonly seed?: number;
  }): Serialized;
} = {
  zeros: () => serializeInitializer("zeros"),
  ones: () => serializeInitializer("ones"),
  constant: (value) => serialized("keras.initializers", "Constant", { value }),
  randomNormal: ({ mean = 0, stddev = 0.05, seed } = {}) =>
    serialized("keras.initializers", "RandomNormal", { mean, stddev, seed: seed ?? null }),
  randomUniform: ({ minval = -0.05, maxval = 0.05, seed } = {}) =>
    serialized("keras.initializers", "RandomUniform", { minval, maxval, seed: seed ?? null }),
  varianceScaling: ({ scale = 1, mode = "fan_in", distribution = "truncated_normal", seed } = {}) =>
    serialized("keras.initializers", "VarianceScaling", { scale, mode, distribution, seed: seed ?? null }),
};

/** The regularizers. */
export const regularizers: {
  l1(factor?: number): Serialized;
  l2(factor?: number): Serialized;
  l1l2(options?: { readonly l1?: number; readonly l2?: number }): Serialized;
} = {
  l1: (factor = 0.01) => serialized("keras.regularizers", "L1", { l1: factor }),
  l2: (factor = 0.01) => serialized("keras.regularizers", "L2", { l2: factor }),
  l1l2: ({ l1 = 0, l2 = 0 } = {}) => serialized("keras.regularizers", "L1L2", { l1, l2 }),
};

/** The constraints. */
export const constraints: {
  maxNorm(options?: { readonly maxValue?: number; readonly axis?: number | readonly number[] }): Serialized;
} = {
  maxNorm: ({ maxValue = 2, axis = 0 } = {}) =>
    serialized("keras.constraints", "MaxNorm", { max_value: maxValue, axis }),
};
