import type { Budget } from "../budget.ts";
import type { ConvLayer } from "../model/model.ts";
import type { Kernel } from "./kernel.ts";

/** What a caller may say to `readKernel`. */
export interface ReadKernelOptions {
  /**
   * Multiplies every filter by `scale / sqrt(variance + epsilon)` of the batch normalisation that follows the layer
   * (`ConvLayer.batchNorm`), as the frameworks' own fusers do. Default: the weights as they are stored.
   */
  readonly foldBatchNorm?: boolean | undefined;
  readonly budget?: Budget | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with bytes read so far and bytes in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Reads the weights of one layer, and of no other, into canonical axes [out, inPerGroup, depth, height, width].
 * Values equal the framework's bit for bit; quantised kernels come dequantised.
 *
 * @throws ReadError `unsupported` when the tensor cannot be read or no normalisation folded (with the reason), or what the source says.
 * @example
 * const kernel = await readKernel(model.layers[0]);
 * kernel.weights[0]; // kernel[0, 0, 0, 0, 0]
 */
export async function readKernel(layer: ConvLayer, options: ReadKernelOptions = {}): Promise<Kernel> {
  const { readCanonical } = await import("./read-canonical.ts");
  return readCanonical(layer, options);
}
