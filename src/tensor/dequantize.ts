import { ReadError } from "../errors.ts";
import type { Values } from "./decode.ts";
import type { Quantization } from "./tensor.ts";

/**
 * The weights that stored integers `q` of `shape` stand for. Affine: `(q - zeroPoint[c]) * scale[c]`, rounded to
 * float32 after each step, as PyTorch, ONNX Runtime and TFLite compute it; with a minimum: `q * scale + minimum`,
 * rounded once, as TensorFlow.js computes it.
 *
 * @throws ReadError `malformed` when the scales do not fit the shape.
 */
export function dequantize(
  stored: Values,
  shape: readonly number[],
  quantization: Quantization,
): Float32Array<ArrayBuffer> {
  if ("minimum" in quantization) {
    const { scale, minimum } = quantization;
    return Float32Array.from(stored, (q) => q * scale + minimum);
  }
  const { scale, zeroPoint, axis } = quantization;
  const channels = axis === null ? 1 : shape[axis];
  if (
    channels === undefined ||
    scale.length !== channels ||
    (zeroPoint.length !== channels && zeroPoint.length !== 1)
  ) {
    throw new ReadError(
      "malformed",
      `Its quantisation has ${scale.length} scales and ${zeroPoint.length} zero points along axis ${axis} of shape [${shape.join(", ")}].`,
    );
  }
  const inner =
    axis === null ? stored.length : shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const weights = new Float32Array(stored.length);
  for (
    let start = 0, channel = 0;
    start < weights.length;
    start += inner, channel = (channel + 1) % channels
  ) {
    const factor = Math.fround(scale[channel]!);
    const zero = zeroPoint[zeroPoint.length === 1 ? 0 : channel]!;
    const end = Math.min(weights.length, start + inner);
    // The product of two float32s is exact in a float64, so storing it rounds once.
    for (let i = start; i < end; i++) weights[i] = Math.fround(stored[i]! - zero) * factor;
  }
  return weights;
}
