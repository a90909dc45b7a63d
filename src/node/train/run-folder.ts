import { mkdir, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Kernel, ReadError, readKernel, type Source } from "../../index.ts";
import { encodeSafetensors } from "../../report.ts";
import {
  type Checkpoint,
  encodeCheckpoint,
  type KerasJson,
  type Network,
  readCheckpoint,
} from "../../train/index.ts";
import { fromFile } from "../file.ts";
import { type Lock, takeLock } from "../lock.ts";
import { systemError } from "../system-error.ts";
import { isUnfinished, type WriteOptions, writeWhole } from "../write-whole.ts";
import { decodeSettings, encodeSettings, type RunSettings } from "./run-settings.ts";

/** The numbers of one epoch, one line of `history.jsonl`. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  readonly [name: string]: number;
}

/**
 * A folder that holds all of a run:
 *
 * | file | is |
 * |---|---|
 * | `spec.json` | the network, as Keras's `config.json` |
 * | `run.json` | data, seed, epochs, optimizer, … (`RunSettings`) |
 * | `history.jsonl` | one line an epoch |
 * | `kernels/epoch-0000.safetensors`, … | every convolution kernel before training and after each epoch |
 * | `checkpoints/epoch-0001.safetensors`, … | weights and optimizer; written last, so that it marks an epoch as done |
 * | `model.keras` | the trained network, for Keras 3 |
 *
 * Every file is written all or nothing.
 */
export interface RunFolder {
  readonly path: string;
  readonly settings: RunSettings;
  readonly spec: KerasJson;
  /** The path of a file in it. */
  at(name: string): string;
  /** Writes what an epoch gave: history and kernels first, the checkpoint last. */
  writeEpoch(network: Network, checkpoint: Checkpoint, history: readonly EpochRecord[]): Promise<void>;
  /** Writes every convolution kernel as it is after `epoch` epochs. */
  writeKernels(network: Network, epoch: number): Promise<void>;
  /** The last epoch whose checkpoint can be read; null when none is done. */
  lastCheckpoint(network: Network): Promise<Checkpoint | null>;
  /** The epochs up to `epoch`. */
  history(epoch: number): Promise<readonly EpochRecord[]>;
  write(name: string, content: Uint8Array | string): Promise<void>;
  /**
   * Keeps other processes from training it, and removes what a killed process left unfinished. Whoever only reads
   * needs no lock.
   *
   * @throws ReadError `refused` naming the process that trains it
   */
  lock(): Promise<Lock>;
}

const CHECKPOINTS = "checkpoints";
const KERNELS = "kernels";

/**
 * Makes a run's folder.
 *
 * @throws ReadError `refused` when a run is already there, or another process is making one
 */
export async function createRunFolder(
  path: string,
  spec: KerasJson,
  settings: RunSettings,
  options: WriteOptions = {},
): Promise<RunFolder> {
  const folder = runFolder(path, spec, settings, options);
  const write = "It could not be written: ";
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw systemError(error, path, write);
  });
  const lock = await folder.lock();
  try {
    if ((await readdir(path)).includes("run.json")) {
      throw new ReadError("refused", "There is a run already: resume it, or choose another folder.", {
        file: path,
      });
    }
    for (const name of [CHECKPOINTS, KERNELS]) await mkdir(join(path, name), { recursive: true });
    await folder.write("spec.json", `${JSON.stringify(spec, null, 2)}\n`);
    // Last: a folder without it is no run.
    await folder.write("run.json", encodeSettings(settings));
    return folder;
  } catch (error) {
    throw systemError(error, path, write);
  } finally {
    lock.release();
  }
}

/**
 * Opens a run's folder.
 *
 * @throws ReadError `not-found` when it is none, `malformed`
 */
export async function openRunFolder(path: string, options: WriteOptions = {}): Promise<RunFolder> {
  const read = async (name: string): Promise<string> => {
    const file = join(path, name);
    try {
      return await readFile(file, "utf8");
    } catch (error) {
      throw systemError(error, file, "It is no run of kernelscope train: ");
    }
  };
  const settings = decodeSettings(await read("run.json"), join(path, "run.json"));
  const spec = parseSpec(await read("spec.json"), join(path, "spec.json"));
  return runFolder(path, spec, settings, options);
}

/** A Keras config out of JSON text. */
export function parseSpec(text: string, file: string): KerasJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ReadError("malformed", "It is no JSON: the spec is Keras's own config.json.", {
      file,
      cause: error,
    });
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as KerasJson;
  throw new ReadError("malformed", "The spec should be an object with class_name and config.", { file });
}

function runFolder(path: string, spec: KerasJson, settings: RunSettings, options: WriteOptions): RunFolder {
  const at = (name: string): string => join(path, name);
  const write = async (name: string, content: Uint8Array | string): Promise<void> => {
    await writeWhole(at(name), [content], options);
  };
  const folder: RunFolder = {
    path,
    settings,
    spec,
    at,
    write,
    async lock() {
      const lock = await takeLock(path, at("run"), "It is being trained", options);
      for (const name of [".", CHECKPOINTS, KERNELS]) {
        const files = await readdir(at(name)).catch(() => []);
        for (const file of files)
          if (isUnfinished(file)) await unlink(at(join(name, file))).catch(() => undefined);
      }
      return lock;
    },
    async writeEpoch(network, checkpoint, history) {
      await write("history.jsonl", history.map((record) => `${JSON.stringify(record)}\n`).join(""));
      await folder.writeKernels(network, checkpoint.epoch);
      await write(epochFile(CHECKPOINTS, checkpoint.epoch), encodeCheckpoint(network, checkpoint));
    },
    async writeKernels(network, epoch) {
      const kernels: Kernel[] = [];
      for (const layer of network.toModel().layers) kernels.push(await readKernel(layer));
      if (kernels.length === 0) return;
      await writeWhole(at(epochFile(KERNELS, epoch)), encodeSafetensors(kernels), options);
    },
    async lastCheckpoint(network) {
      const files = (await readdir(at(CHECKPOINTS)).catch(() => [])).filter((file) => EPOCH_FILE.test(file));
      const last = files.sort().at(-1);
      if (last === undefined) return null;
      return withSource(at(join(CHECKPOINTS, last)), (source) => readCheckpoint(network, source));
    },
    async history(epoch) {
      const text = await readFile(at("history.jsonl"), "utf8").catch(() => "");
      const lines = text.split("\n").filter((line) => line !== "");
      if (lines.length < epoch) {
        throw new ReadError("malformed", `It should have ${epoch} lines, found ${lines.length}.`, {
          file: at("history.jsonl"),
        });
      }
      return lines.slice(0, epoch).map((line, i) => parseRecord(line, i + 1, at("history.jsonl")));
    },
  };
  return folder;
}

const EPOCH_FILE = /^epoch-\d{4,}\.safetensors$/;

function epochFile(folder: string, epoch: number): string {
  return join(folder, `epoch-${String(epoch).padStart(4, "0")}.safetensors`);
}

function parseRecord(line: string, epoch: number, file: string): EpochRecord {
  try {
    const record = JSON.parse(line);
    if (record.epoch === epoch && Object.values(record).every(Number.isFinite)) return record;
  } catch {
    // Said below.
  }
  throw new ReadError("malformed", `Line ${epoch} should be the numbers of epoch ${epoch}.`, { file });
}

async function withSource<T>(path: string, use: (source: Source) => Promise<T>): Promise<T> {
  const source = await fromFile(path);
  try {
    return await use(source);
  } finally {
    await source.close?.();
  }
}
