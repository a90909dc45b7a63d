import { ReadError } from "../errors.ts";
import { whyNotFolded } from "../model/folding.ts";
import type { ConvLayer } from "../model/model.ts";
import { decode, type Values } from "../tensor/decode.ts";
import { dequantize } from "../tensor/dequantize.ts";
import { countOf, DTYPES, isDType } from "../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../tensor/tensor.ts";

/**
 * Folds the batch normalisation behind `layer` into canonical `weights`, in place: every filter times
 * `scale / sqrt(variance + epsilon)`. The arithmetic is that of torch.nn.utils.fusion.fuse_conv_bn_weights, step by
 * step, in float32 (in float64 where the weights are).
 *
 * @throws ReadError `unsupported` when there is none that can be folded.
 */
export async function foldBatchNorm(weights: Values, layer: ConvLayer, context: ReadContext): Promise<void> {
  const reason = whyNotFolded(layer);
  const { batchNorm, shape } = layer;
  if (batchNorm === null || reason !== null) {
    throw new ReadError(
      "unsupported",
      `No batch normalisation can be folded into ${JSON.stringify(layer.name)}: ${reason}.`,
    );
  }
  // What float32 holds is worked out in float32: rounded after every step, as the framework does.
  const round = weights instanceof Float32Array ? Math.fround : (value: number) => value;
  const variance = await valuesOf(batchNorm.variance, context);
  const scale = batchNorm.scale === null ? null : await valuesOf(batchNorm.scale, context);
  const epsilon = round(batchNorm.epsilon);
  const perFilter = weights.length / shape[0];
  for (let out = 0; out < shape[0]; out++) {
    const deviation = round(Math.sqrt(round(round(variance[out]!) + epsilon)));
    const factor = round(round(scale?.[out] ?? 1) * round(1 / deviation));
    for (let i = out * perFilter; i < (out + 1) * perFilter; i++) weights[i] = weights[i]! * factor;
  }
}

async function valuesOf(tensor: Tensor, context: ReadContext): Promise<Values> {
  const { dtype, shape, quantization } = tensor;
  if (!isDType(dtype) || DTYPES[dtype].kind === "complex")
    throw new ReadError("unsupported", `${JSON.stringify(tensor.name)} is stored as ${dtype}.`);
  const stored = decode(await tensor.readBytes(context), dtype, countOf(shape));
  return quantization === undefined ? stored : dequantize(stored, shape, quantization);
}
