import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ReadError } from "../../index.ts";
import {
  type BuildOptions,
  compileOptionsOf,
  loadKeras,
  type Network,
  networkFromJson,
} from "../../train/index.ts";
import { fromFile } from "../file.ts";
import { nodeSpawn } from "../spawn.ts";
import { systemError } from "../system-error.ts";
import { earlyStopOf } from "./run-callbacks.ts";
import { openRunFolder, type RunFolder } from "./run-folder.ts";

/** A trained network with the run that made it, if one did. */
export interface LoadedNetwork {
  readonly network: Network;
  readonly run: RunFolder | null;
}

/**
 * A network with its weights from a `.keras` file, or from the folder of a run: its last checkpoint, or the best epoch
 * where the run is over and puts that back. It is compiled when the file says with what.
 *
 * @throws ReadError `not-found`, `unsupported`, `malformed`
 */
export async function loadNetwork(path: string, options: BuildOptions = {}): Promise<LoadedNetwork> {
  const stats = await stat(path).catch((error: unknown) => {
    throw systemError(error, path);
  });
  if (stats.isDirectory()) return fromRun(path, options);
  const source = await fromFile(path);
  try {
    const network = await loadKeras(source, { spawn: nodeSpawn, ...options });
    const compile = compileOptionsOf(network.json.compile_config);
    if (compile !== null) network.compile(compile);
    return { network, run: null };
  } finally {
    await source.close?.();
  }
}

async function fromRun(path: string, options: BuildOptions): Promise<LoadedNetwork> {
  const run = await openRunFolder(path);
  const network = networkFromJson(run.spec, { ...options, seed: run.settings.seed });
  const compile = compileOptionsOf(run.settings.compile);
  if (compile !== null) network.compile(compile);
  const last = await run.lastCheckpoint(network);
  if (last === null) {
    throw new ReadError("not-found", "The run has no complete epoch yet.", {
      file: join(path, "checkpoints"),
    });
  }
  const { stopped, weights } = earlyStopOf(last.callbacks);
  const over = stopped || last.epoch >= run.settings.epochs;
  network.setWeights(over && weights !== null ? weights : last.weights);
  return { network, run };
}
