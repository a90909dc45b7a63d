import { type Callback, validationStart } from "../../train/index.ts";
import { frozenSentence, proveFrozen } from "../train/frozen-proof.ts";
import { kerasProgress } from "../train/keras-progress.ts";
import type { RunFolder } from "../train/run-folder.ts";
import { tensorBoardFolder } from "../train/tensor-board-folder.ts";
import { type RunResult, type RunStart, trainRun } from "../train/train-run.ts";
import { type Context, EXIT, print, say } from "./context.ts";
import { noteOf } from "./failure.ts";
import { createProgress } from "./progress.ts";
import { columnsOf, usesColor } from "./terminal.ts";
import { counted } from "./usage.ts";

/** Trains the run of `folder` while telling how it goes as Keras does; returns the exit code. */
export async function runTraining(
  folder: RunFolder,
  options: { readonly threads?: number | undefined; readonly tensorboard?: string | undefined },
  context: Context,
): Promise<number> {
  const { grace } = context;
  if (grace !== undefined) {
    grace.wanted = true;
    grace.signal.addEventListener("abort", () =>
      say(context, "\nkernelscope: Stopping after this epoch; interrupt again to stop at once."),
    );
  }
  const loading = createProgress(context);
  const callbacks: Callback[] =
    options.tensorboard === undefined ? [] : [tensorBoardFolder(options.tensorboard)];
  const result = await trainRun(folder, {
    threads: options.threads,
    signal: context.signal,
    lastEpoch: grace?.signal,
    callbacks,
    onProgress: (done, total, what) => loading.show(done - 1, total, what),
    async onStart(start) {
      loading.clear();
      callbacks.push(progressOf(folder, start, context));
      if (start.epoch === 0) await print(context, summaryOf(folder, start, context));
    },
  });
  try {
    return await report(folder, result, context);
  } finally {
    result.network.close();
  }
}

function progressOf(folder: RunFolder, { data }: RunStart, context: Context): Callback {
  const { keras, epochs, batchSize, validationSplit } = folder.settings;
  const count = data.inputs.shape[0]!;
  const trained = validationStart(count, validationSplit);
  return kerasProgress({
    era: keras,
    epochs,
    trained,
    held: count - trained,
    batchSize,
    write: (text) => context.stdout.write(text),
    terminal: context.stdout.isTTY === true && context.env.TERM !== "dumb" && !context.env.CI,
    color: usesColor(context),
  });
}

const SUMMARIES = { "2.2": "keras2.2", "2": "keras2.13", "3": "keras3" } as const;

function summaryOf(folder: RunFolder, { network }: RunStart, context: Context): string {
  return network.summary({
    style: SUMMARIES[folder.settings.keras],
    columns: columnsOf(context),
    color: usesColor(context),
  });
}

async function report(folder: RunFolder, result: RunResult, context: Context): Promise<number> {
  const epochs = result.history.length;
  if (!result.complete) {
    say(
      context,
      `kernelscope: ${folder.path}: Stopped after ${epochs} of ${counted(folder.settings.epochs, "epoch")}; go on with: kernelscope resume ${folder.path}`,
    );
    return EXIT.interrupted;
  }
  const kernels = (epoch: number): string =>
    folder.at(`kernels/epoch-${String(epoch).padStart(4, "0")}.safetensors`);
  if (result.network.toModel().layers.length > 0) {
    const proofs = await proveFrozen(result.network, kernels(0), kernels(epochs));
    if (proofs.length > 0)
      await print(context, `\n${proofs.map((proof) => `${frozenSentence(proof)}\n`).join("")}`);
  }
  const early = result.stoppedEarly;
  if (early !== null) {
    const { monitor } = folder.settings.earlyStopping!;
    const kept = early.restored ? `; the weights are those of epoch ${early.bestEpoch}` : "";
    const note = `Stopped early: ${monitor} was best in epoch ${early.bestEpoch}${kept}.`;
    say(context, noteOf(folder.path, note));
  }
  say(context, `wrote ${folder.at("model.keras")} (${counted(epochs, "epoch")})`);
  return EXIT.ok;
}
