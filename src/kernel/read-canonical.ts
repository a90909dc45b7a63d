import { createBudget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import { kernelAxes } from "../model/axis-order.ts";
import type { ConvLayer } from "../model/model.ts";
import { liesInOrder, permute, type StridedAxis } from "../tensor/axes.ts";
import { decode, decodedSize, type Values } from "../tensor/decode.ts";
import { dequantize } from "../tensor/dequantize.ts";
import { byteLengthOf, countOf, DTYPES, isDType } from "../tensor/dtype.ts";
import { frozenPositions } from "./frozen.ts";
import type { Kernel } from "./kernel.ts";
import type { ReadKernelOptions } from "./read-kernel.ts";

/** What `readKernel` does, in a module of its own that is loaded with the first kernel. */
export async function readCanonical(layer: ConvLayer, options: ReadKernelOptions): Promise<Kernel> {
  const { kernel: tensor } = layer;
  const { dtype, shape } = tensor;
  if (tensor.unreadable !== undefined)
    throw new ReadError("unsupported", `${quoted(layer)} cannot be read: ${tensor.unreadable}`);
  if (!isDType(dtype) || DTYPES[dtype].kind === "complex") {
    const why = isDType(dtype)
      ? "complex numbers; only real weights can be drawn"
      : `${dtype}, which Kernelscope does not read`;
    throw new ReadError("unsupported", `${quoted(layer)} is stored as ${why}.`);
  }
  const budget = options.budget ?? createBudget();
  const count = countOf(shape);
  const release = budget.take(
    byteLengthOf(dtype, count) + 2 * count * decodedSize(dtype),
    `the kernel of ${quoted(layer)}`,
  );
  try {
    const bytes = await tensor.readBytes({ budget, signal: options.signal, onProgress: options.onProgress });
    const stored = decode(bytes, dtype, count);
    const values =
      tensor.quantization === undefined ? stored : dequantize(stored, shape, tensor.quantization);
    const { axes } = kernelAxes(shape, layer.axisOrder, {
      transposed: layer.kind === "transposed",
      groups: layer.groups,
    });
    const weights = liesInOrder(axes) && ownsBuffer(values) ? values : permuteBits(values, axes);
    if (options.foldBatchNorm === true) {
      const { foldBatchNorm } = await import("./fold-batch-norm.ts");
      await foldBatchNorm(weights, layer, { budget, signal: options.signal });
    }
    return {
      name: layer.name,
      kind: layer.kind,
      rank: layer.rank,
      shape: layer.shape,
      groups: layer.groups,
      dtype,
      ...(tensor.quantization === undefined ? {} : { dequantized: true }),
      ...(options.foldBatchNorm === true ? { batchNormFolded: true } : {}),
      weights,
      frozen: frozenPositions(layer),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ReadError(
      "limit",
      `There is not enough memory for ${quoted(layer)} with its ${count} weights.`,
      { cause: error },
    );
  } finally {
    release();
  }
}

/** Float32 values move as 32-bit words: moved as numbers, a signalling NaN would lose a bit on the way. */
function permuteBits(values: Values, axes: readonly StridedAxis[]): Values {
  if (values instanceof Float64Array) return permute(values, axes);
  const words = permute(new Uint32Array(values.buffer, values.byteOffset, values.length), axes);
  return new Float32Array(words.buffer);
}

/** Whether nobody else can hold the same memory: a view into a larger buffer is copied, a whole one is not. */
function ownsBuffer(values: Values): boolean {
  return values.byteLength === values.buffer.byteLength;
}

function quoted(layer: ConvLayer): string {
  return JSON.stringify(layer.name);
}
