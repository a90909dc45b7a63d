import { existsSync } from "node:fs";
import { extname } from "node:path";
import { type Command, Option } from "commander";
import { escapeText, ReadError } from "../../index.ts";
import { lossOf, metricOf } from "../../train/index.ts";
import { parseData } from "../train/data-settings.ts";
import { type HandOverFile, handOver, TARGETS, type Target } from "../train/hand-over.ts";
import { type LoadedNetwork, loadNetwork } from "../train/load-network.ts";
import { threadPool } from "../train/threads.ts";
import { type Context, EXIT, say } from "./context.ts";
import { noteOf } from "./failure.ts";
import { numberParser, wordParser } from "./options.ts";
import { deliver, type Output, refuseInput, refuseTerminal, resolveOutput, wrote } from "./output.ts";
import { createProgress } from "./progress.ts";
import { addLossOptions, batchSizeOption, dataOption } from "./train-options.ts";

/** What `export --to` may be told. */
export interface HandOverOptions {
  readonly to?: Target;
  readonly script?: boolean;
  readonly out: string;
  readonly data?: string;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  readonly validationSplit?: number;
  readonly loss?: string;
  readonly metrics?: readonly string[];
}

/** Endings of the one file that a target is; null for a folder. */
const ENDINGS: Readonly<Record<Target, readonly string[] | null>> = {
  keras: ["keras"],
  "keras-h5": ["h5", "hdf5"],
  safetensors: ["safetensors"],
  onnx: ["onnx"],
  torch: null,
};

/** `--to` and what goes with it. */
export function addHandOverOptions(command: Command): Command {
  const whole = (min: number, max = Number.MAX_SAFE_INTEGER) => numberParser({ min, max, whole: true });
  const script = "with --script:";
  command
    .addOption(
      new Option(
        "--to <framework>",
        `the whole network: keras (.keras), keras-h5 (.h5 of Keras 2), safetensors (PyTorch's layout), onnx, torch (a folder with model.py)`,
      ).argParser(wordParser(TARGETS)),
    )
    .option(
      "--script",
      "with --to keras or torch: a folder with data.npz and a train.py that goes on training",
    )
    .addOption(dataOption())
    .addOption(
      new Option("--epochs <number>", `${script} how many more (default: the run's, or 10)`).argParser(
        whole(1),
      ),
    )
    .addOption(batchSizeOption())
    .addOption(
      new Option("--validation-split <share>", `${script} held out (default: the run's, or 0.2)`).argParser(
        numberParser({ min: 0, max: 0.999 }),
      ),
    )
    .addOption(
      new Option("--seed <number>", `${script} of the samples' order (default: the run's, or 0)`).argParser(
        whole(0, 2 ** 32 - 1),
      ),
    );
  return addLossOptions(command);
}

/** Writes the network of `file` for `target`. */
export async function runHandOver(
  file: string,
  target: Target,
  options: HandOverOptions,
  context: Context,
): Promise<number> {
  if (options.script === true && target !== "keras" && target !== "torch") {
    throw new ReadError(
      "bad-option",
      `There is no script for ${target}: --script goes with --to keras and --to torch.`,
    );
  }
  if (file === "-") {
    throw new ReadError("bad-option", "--to needs a .keras file or a run's folder, not a stream.", { file });
  }
  const output = await outputOf(target, options);
  const loaded = await loadNetwork(file, threadPool());
  try {
    const recompiled = compileAnew(loaded, options);
    const progress = createProgress(context);
    const script =
      options.script === true
        ? { ...options, data: options.data === undefined ? undefined : parseData(options.data) }
        : null;
    const { files, continuation } = await handOver(file, loaded, target, script, {
      recompiled,
      signal: context.signal,
      onProgress: (done, total, what) => progress.show(done - 1, total, what),
    });
    progress.clear();
    if (script !== null && loaded.network.compiled?.optimizer.schedule) {
      const note = "The schedule of the learning rate stays behind: the script goes on with one rate.";
      say(context, noteOf(file, note));
    }
    await write(file, output, files, context);
    if (continuation !== null) {
      const { epoch, epochs, firstLoss } = continuation;
      const said = `epochs ${epoch + 1} to ${epochs}, first loss ${firstLoss.toFixed(7)}`;
      say(context, `next: python ${escapeText(`${options.out.replace(/\/+$/, "")}/train.py`)} (${said})`);
    }
    return EXIT.ok;
  } finally {
    loaded.network.close();
  }
}

async function outputOf(target: Target, { out, script }: HandOverOptions): Promise<Output> {
  const endings = script === true ? null : ENDINGS[target];
  if (endings !== null) return resolveOutput({ out, endings });
  const fits = out !== "-" && (extname(out) === "" || out.endsWith("/") || existsSync(out));
  const output = fits ? await resolveOutput({ out, endings: [] }) : null;
  if (output?.kind === "folder") return output;
  const what = script === true ? "A script with its files" : "A model.py with its weights";
  throw new ReadError("bad-option", `${what} needs a folder: -o NAME/.`, { file: out });
}

/** Compiles with what `--loss` and `--metrics` say instead of the file, if they say something. */
function compileAnew({ network }: LoadedNetwork, { loss, metrics }: HandOverOptions): boolean {
  if (loss === undefined && metrics === undefined) return false;
  const now = network.compiled;
  const spec = loss === undefined ? now?.loss : lossOf(loss);
  if (spec === undefined) throw new ReadError("bad-option", "The file names no loss: give --loss.");
  const chosen = metrics?.map(metricOf) ?? now?.metrics ?? [];
  network.compile({ loss: spec, metrics: chosen, optimizer: now?.optimizer ?? "adam" });
  return true;
}

async function write(
  file: string,
  output: Output,
  files: readonly HandOverFile[],
  context: Context,
): Promise<void> {
  if (output.kind === "stdout") refuseTerminal(context, "A network", "use a file or a pipe");
  const base = output.kind === "folder" ? output.path.replace(/\/+$/, "") : "";
  const paths = files.map(({ name }) =>
    output.kind === "folder" ? `${base}/${name}` : output.kind === "file" ? output.path : null,
  );
  await refuseInput(file, paths);
  for (const [i, { content }] of files.entries()) {
    const path = paths[i]!;
    await deliver(context, output, path, content);
    if (path !== null) say(context, wrote(path, DETAILS[files[i]!.name] ?? "weights"));
  }
}

const DETAILS: Readonly<Record<string, string>> = {
  "model.keras": "Keras 3",
  "model.h5": "Keras 2",
  "model.safetensors": "weights in PyTorch's layout",
  "model.onnx": "ONNX",
  "model.py": "PyTorch module",
  "data.npz": "the samples",
  "optimizer.safetensors": "what the optimizer keeps",
  "train.py": "goes on training",
};
