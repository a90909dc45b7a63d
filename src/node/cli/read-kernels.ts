import { type ConvLayer, inFile, isReadError, type Kernel, type Model, readKernel } from "../../index.ts";
import { type Context, EXIT, say } from "./context.ts";
import { exitCodeOf, sentenceOf } from "./failure.ts";

/**
 * Reads the kernels of `layers` one after the other and hands each to `use`. A kernel that cannot be read is
 * reported and passed over; whatever else fails ends the command.
 *
 * @returns the exit code: that of the first kernel that could not be read, otherwise 0.
 */
export async function readKernels(
  model: Model,
  layers: readonly ConvLayer[],
  context: Context,
  use: (kernel: Kernel, at: number) => Promise<void>,
): Promise<number> {
  let code: number = EXIT.ok;
  for (const [at, layer] of layers.entries()) {
    const kernel = await readKernel(layer, { signal: context.signal }).catch((error: unknown) => {
      if (!isReadError(error) || isReadError(error, "aborted", "source-changed", "source-short")) throw error;
      const failure = inFile(error, model.file);
      say(context, sentenceOf(failure));
      if (code === EXIT.ok) code = exitCodeOf(failure);
      return null;
    });
    if (kernel !== null) await use(kernel, at);
  }
  return code;
}
