import type { LayerSpec } from "../models/layer.ts";

/** Which era's words a config is written in. */
export type KerasEra = 2 | 3;

/** A Sequential model's config as `model_config` (Keras 2) or `config.json` (Keras 3) holds it. */
export function kerasConfig(
  specs: readonly LayerSpec[],
  era: KerasEra,
  extents: readonly number[],
  name = "sequential",
): Record<string, unknown> {
  const layers: unknown[] = [inputLayer(specs[0]!, era, extents)];
  let shape: readonly (number | null)[] = [null, ...extents, specs[0]!.inputs];
  for (const spec of specs) {
    layers.push(layerConfig(spec, era, shape));
    shape = outputShape(spec, shape);
  }
  const config = { name, trainable: true, layers };
  if (era === 2) return { class_name: "Sequential", config: { name, layers } };
  return { module: "keras", class_name: "Sequential", config, registered_name: null };
}

/** Keras's class of a convolution. */
export function kerasClass({ kind, rank }: LayerSpec): string {
  const plain = `Conv${rank}D`;
  return {
    conv: plain,
    transposed: `${plain}Transpose`,
    depthwise: `Depthwise${plain}`,
    separable: `Separable${plain}`,
  }[kind];
}

function inputLayer(spec: LayerSpec, era: KerasEra, extents: readonly number[]): Record<string, unknown> {
  const shape = [null, ...extents, spec.inputs];
  const name = "input_1";
  if (era === 2) {
    return {
      class_name: "InputLayer",
      config: { batch_input_shape: shape, dtype: "float32", sparse: false, name },
    };
  }
  const config = { batch_shape: shape, dtype: "float32", sparse: false, name };
  return { module: "keras.layers", class_name: "InputLayer", config, registered_name: null };
}

function layerConfig(
  spec: LayerSpec,
  era: KerasEra,
  inputShape: readonly (number | null)[],
): Record<string, unknown> {
  const { kind, kernel, strides, dilation } = spec;
  const dtype =
    era === 2
      ? spec.dtype
      : { module: "keras", class_name: "DTypePolicy", config: { name: spec.dtype }, registered_name: null };
  const config: Record<string, unknown> = {
    name: spec.name,
    trainable: true,
    dtype,
    ...(kind === "depthwise" ? {} : { filters: spec.outputs }),
    kernel_size: kernel,
    strides,
    padding: "same",
    data_format: "channels_last",
    dilation_rate: dilation,
    ...(kind === "conv" ? { groups: spec.groups } : {}),
    ...(kind === "depthwise" || kind === "separable" ? { depth_multiplier: spec.multiplier } : {}),
    activation: "linear",
    use_bias: spec.bias,
  };
  const row = { class_name: kerasClass(spec), config };
  if (era === 2) return row;
  return { module: "keras.layers", ...row, registered_name: null, build_config: { input_shape: inputShape } };
}

/** With `same` padding: extents divided by the stride, rounded up; multiplied when transposed. */
function outputShape(spec: LayerSpec, shape: readonly (number | null)[]): readonly (number | null)[] {
  const spatial = shape.slice(1, -1).map((extent, axis) => {
    const stride = spec.strides[axis]!;
    return spec.kind === "transposed" ? extent! * stride : Math.ceil(extent! / stride);
  });
  return [null, ...spatial, spec.outputs];
}
