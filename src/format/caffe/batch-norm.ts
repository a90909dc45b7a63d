import { ReadError } from "../../errors.ts";
import type { BatchNorm } from "../../model/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CaffeLayer } from "./read-layer.ts";

/** The layers that use the output of each layer, as Caffe runs them: a blob may be overwritten in place. */
export function usersOf(layers: readonly CaffeLayer[]): ReadonlyMap<CaffeLayer, readonly CaffeLayer[]> {
  const users = new Map<CaffeLayer, CaffeLayer[]>();
  const makers = new Map<string, CaffeLayer>();
  for (const layer of layers) {
    users.set(layer, []);
    for (const bottom of layer.bottoms) {
      const maker = makers.get(bottom);
      if (maker !== undefined) users.get(maker)!.push(layer);
    }
    for (const top of layer.tops) makers.set(top, layer);
  }
  return users;
}

/**
 * The BatchNorm that alone uses the output of a convolution, with the Scale behind it: three blobs, mean and variance
 * times a factor that Caffe divides out.
 */
export function batchNormOf(
  layer: CaffeLayer,
  users: ReadonlyMap<CaffeLayer, readonly CaffeLayer[]>,
  tensorsOf: (layer: CaffeLayer) => readonly Tensor[],
): BatchNorm | null {
  const [norm, ...more] = users.get(layer) ?? [];
  if (norm?.type !== "BatchNorm" || more.length > 0) return null;
  const [mean, variance, factor] = tensorsOf(norm);
  if (mean === undefined || variance === undefined || factor === undefined) return null;
  const [scale, ...others] = users.get(norm) ?? [];
  const isScaled =
    scale?.type === "Scale" && others.length === 0 && scale.scalesChannels && scale.bottoms.length === 1;
  const [gamma = null, beta = null] = isScaled ? tensorsOf(scale) : [];
  return {
    scale: gamma,
    offset: beta,
    mean: divided(mean, factor),
    variance: divided(variance, factor),
    epsilon: norm.epsilon,
  };
}

/** `tensor` times 1 / `factor` in float32, zeros when that is zero (batch_norm_layer.cpp). */
function divided(tensor: Tensor, factor: Tensor): Tensor {
  return {
    ...tensor,
    async readBytes(context) {
      const read = async (of: Tensor): Promise<Float32Array> => {
        if (of.dtype !== "float32")
          throw new ReadError("unsupported", `A BatchNorm of ${of.dtype} is not read.`);
        const bytes = await of.readBytes(context);
        return new Float32Array(bytes.slice().buffer);
      };
      const [values, [by = 0]] = [await read(tensor), await read(factor)];
      const times = by === 0 ? 0 : Math.fround(1 / by);
      return new Uint8Array(values.map((value) => value * times).buffer);
    },
  };
}
