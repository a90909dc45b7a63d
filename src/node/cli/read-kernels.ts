import {
  type ConvLayer,
  inFile,
  isReadError,
  type Kernel,
  type Model,
  ReadError,
  type ReadErrorCode,
  readKernel,
} from "../../index.ts";
import { whyNotFolded } from "../../report.ts";
import { type Context, EXIT, say } from "./context.ts";
import { exitCodeOf, sentenceOf } from "./failure.ts";
import { type FoldFlags, foldNotes } from "./fold.ts";
import { createProgress } from "./progress.ts";

/** What is wrong with one layer, not with the file or the place that is written to. */
const PASSED_OVER: readonly ReadErrorCode[] = [
  "unsupported",
  "malformed",
  "ambiguous",
  "truncated",
  "limit",
  "bad-option",
  "missing-sibling",
];

/**
 * Reads the kernels of `layers` one after the other and hands each to `use`, which returns what is to be said about
 * it. A kernel that cannot be read or used is reported and passed over; whatever else fails ends the command. Where
 * batch normalisation is folded in, that is said of every layer first.
 *
 * @returns the exit code: that of the first kernel that was passed over, otherwise 0.
 */
export async function readKernels(
  model: Model,
  layers: readonly ConvLayer[],
  context: Context,
  { foldBatchnorm }: FoldFlags,
  use: (kernel: Kernel, at: number) => Promise<readonly string[]>,
): Promise<number> {
  if (foldBatchnorm) for (const note of foldNotes(model, layers)) say(context, note);
  const progress = createProgress(context);
  let code: number = EXIT.ok;
  try {
    for (const [at, layer] of layers.entries()) {
      progress.show(at, layers.length, layer.name);
      let messages: readonly string[];
      try {
        messages = await use(
          await readKernel(layer, {
            signal: context.signal,
            foldBatchNorm: foldBatchnorm && whyNotFolded(layer) === null,
          }),
          at,
        );
      } catch (error) {
        if (!isReadError(error, ...PASSED_OVER)) throw error;
        const { code: reason, message } = inFile(error, model.file);
        const failure = new ReadError(reason, `Layer #${layer.index} "${layer.name}": ${message}`, {
          file: model.file,
        });
        messages = [sentenceOf(failure)];
        if (code === EXIT.ok) code = exitCodeOf(failure);
      }
      if (messages.length > 0) progress.clear();
      for (const message of messages) say(context, message);
    }
  } finally {
    progress.clear();
  }
  return code;
}
