import { readFile } from "node:fs/promises";
import { ReadError } from "../../index.ts";
import {
  type Continuation,
  continuationOf,
  type EngineState,
  kerasScript,
  type Network,
  saveKeras,
  saveKerasH5,
  saveOnnx,
  saveTorchOptimizer,
  saveTorchWeights,
  torchModel,
  torchScript,
  validationStart,
  writeNpz,
} from "../../train/index.ts";
import { systemError } from "../system-error.ts";
import type { Content } from "../write-whole.ts";
import type { DataSettings } from "./data-settings.ts";
import { type LoadDataOptions, loadData } from "./load-data.ts";
import type { LoadedNetwork } from "./load-network.ts";

/** Whom a network is handed over to. */
export const TARGETS = ["keras", "keras-h5", "safetensors", "onnx", "torch"] as const;
/** See `TARGETS`. */
export type Target = (typeof TARGETS)[number];

/** A file to be written; its name is a suggestion where it is the only one. */
export interface HandOverFile {
  readonly name: string;
  readonly content: Content;
}

/** What `--script` needs beside the network. */
export interface ScriptSettings {
  /** Default: the run's. */
  readonly data?: DataSettings | undefined;
  /** How many more epochs; default: the run's, or 10. */
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly seed?: number | undefined;
  readonly validationSplit?: number | undefined;
}

/** What accompanies a hand-over. */
export interface HandOverContext extends LoadDataOptions {
  /** The network is compiled with something else than its file says. */
  readonly recompiled?: boolean | undefined;
}

/** A network on its way to another framework. */
export interface HandOver {
  /** `script` last: a folder that has it is complete. */
  readonly files: readonly HandOverFile[];
  readonly continuation: Continuation | null;
}

/** The same network gives the same bytes whenever it is written. */
const DATE = new Date(Date.UTC(2000, 0, 1));

/**
 * The files of a trained network for another framework, with `script` also what goes on with its training there.
 *
 * @param path of the file or run that `loaded` is from
 * @throws ReadError `bad-option` where a script lacks data or a loss, `unsupported`, `limit`
 */
export async function handOver(
  path: string,
  loaded: LoadedNetwork,
  target: Target,
  script: ScriptSettings | null,
  options: HandOverContext = {},
): Promise<HandOver> {
  const { network, run } = loaded;
  const last = run === null ? null : await run.lastCheckpoint(network);
  const state = last?.state ?? null;
  const asItIs = run === null && compiledIn(network) && options.recompiled !== true;
  const files =
    target === "keras" && asItIs
      ? [{ name: "model.keras", content: [await bytesOf(path)] }]
      : await modelFiles(network, target, state);
  if (script === null) return { files, continuation: null };
  if (target !== "keras" && target !== "torch") {
    throw new ReadError(
      "bad-option",
      `There is no script for ${target}: --script goes with keras and torch.`,
    );
  }
  const { inputs, targets, continuation } = await begin(path, loaded, script, last?.epoch ?? 0, options);
  const data = { name: "data.npz", content: writeNpz(new Map(Object.entries({ x: inputs, y: targets }))) };
  const slots =
    target === "torch" && state !== null && state.slots.size > 0
      ? [{ name: "optimizer.safetensors", content: [saveTorchOptimizer(network, state)] }]
      : [];
  const text =
    target === "keras" ? kerasScript(network, continuation) : torchScript(network, continuation, state);
  return { files: [...files, data, ...slots, { name: "train.py", content: [text] }], continuation };
}

async function modelFiles(
  network: Network,
  target: Target,
  state: EngineState | null,
): Promise<HandOverFile[]> {
  const one = (name: string, content: Uint8Array | string): HandOverFile => ({ name, content: [content] });
  switch (target) {
    case "keras":
      return [one("model.keras", await saveKeras(network, state, DATE))];
    case "keras-h5":
      return [one("model.h5", await saveKerasH5(network))];
    case "safetensors":
      return [one("model.safetensors", saveTorchWeights(network))];
    case "onnx":
      return [one("model.onnx", saveOnnx(network))];
    case "torch":
      return [one("model.safetensors", saveTorchWeights(network)), one("model.py", torchModel(network))];
  }
}

/** Such a file is passed on as it is, with its optimizer. */
function compiledIn({ json }: Network): boolean {
  return json.compile_config !== undefined && json.compile_config !== null;
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw systemError(error, path);
  }
}

async function begin(
  path: string,
  { network, run }: LoadedNetwork,
  script: ScriptSettings,
  epoch: number,
  options: LoadDataOptions,
) {
  if (network.compiled === null) {
    throw new ReadError("bad-option", "The file names no loss, which a script needs: give --loss.", {
      file: path,
    });
  }
  const settings = script.data ?? run?.settings.data;
  if (settings === undefined) {
    throw new ReadError("bad-option", "Say what the script should train on: --data FOLDER, …", {
      file: path,
    });
  }
  const { inputs, targets } = await loadData(settings, network, options);
  const split = script.validationSplit ?? run?.settings.validationSplit ?? 0.2;
  const trained = validationStart(inputs.shape[0]!, split);
  if (trained === 0) throw new ReadError("bad-option", "The validation split leaves no sample to train on.");
  const continuation = await continuationOf(network, inputs, targets, {
    epoch,
    epochs: epoch + (script.epochs ?? run?.settings.epochs ?? 10),
    batchSize: script.batchSize ?? run?.settings.batchSize ?? 32,
    seed: script.seed ?? run?.settings.seed ?? 0,
    shuffle: run?.settings.shuffle ?? true,
    trained,
  });
  return { inputs, targets, continuation };
}
