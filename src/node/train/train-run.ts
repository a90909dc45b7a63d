import { ReadError } from "../../index.ts";
import {
  type Callback,
  compileOptionsOf,
  type EngineState,
  type Logs,
  type Network,
  networkFromJson,
  saveKeras,
  validationStart,
} from "../../train/index.ts";
import { type LoadDataOptions, type LoadedData, loadData } from "./load-data.ts";
import { assertMonitors, earlyStopOf, goingOn, runCallbacks } from "./run-callbacks.ts";
import type { EpochRecord, RunFolder } from "./run-folder.ts";
import { threadPool } from "./threads.ts";

/** What accompanies a run. */
export interface TrainRunOptions extends LoadDataOptions {
  /** Default: as many as the machine has. */
  readonly threads?: number | undefined;
  /** Told before training: for summaries and progress bars, which depend on the data's size. */
  readonly onStart?: ((start: RunStart) => void | Promise<void>) | undefined;
  readonly callbacks?: readonly Callback[] | undefined;
  /** Training ends after the epoch in flight and its checkpoint when this is aborted; `signal` ends it at once. */
  readonly lastEpoch?: AbortSignal | undefined;
}

/** What is known when a run begins or goes on. */
export interface RunStart {
  readonly network: Network;
  readonly data: LoadedData;
  /** Epochs that are done. */
  readonly epoch: number;
}

/** How a run ended. */
export interface RunResult {
  readonly network: Network;
  readonly history: readonly EpochRecord[];
  /** False when it was stopped before its last epoch, other than by early stopping. */
  readonly complete: boolean;
  /** What early stopping did; null when it did not end the run. */
  readonly stoppedEarly: EarlyStop | null;
}

/** A run that ended before its last epoch because it no longer got better. */
export interface EarlyStop {
  /** From 1. */
  readonly bestEpoch: number;
  /** Whether the network has that epoch's weights. */
  readonly restored: boolean;
}

/**
 * Trains the run of a folder from where it stands: the first time from its seed, later from its last checkpoint, so
 * that a run that was stopped ends with the same bytes as one that never was.
 *
 * @throws ReadError what data, spec or files are wrong about, `refused` while another process trains it, `not-finite`,
 * `aborted`
 */
export async function trainRun(folder: RunFolder, options: TrainRunOptions = {}): Promise<RunResult> {
  const lock = await folder.lock();
  try {
    return await trainLocked(folder, options);
  } finally {
    lock.release();
  }
}

async function trainLocked(folder: RunFolder, options: TrainRunOptions): Promise<RunResult> {
  const { settings } = folder;
  const { batchSize, epochs, seed, shuffle, validationSplit } = settings;
  const network = networkFromJson(folder.spec, { seed, ...threadPool(options.threads) });
  const compile = compileOptionsOf(settings.compile);
  if (compile === null)
    throw new ReadError("bad-option", "The run names no loss.", { file: folder.at("run.json") });
  network.compile(compile);
  assertMonitors(network, settings, validationSplit > 0);
  let data: LoadedData | null = await loadData(settings.data, network, options);
  const count = data.inputs.shape[0]!;
  assertMonitors(network, settings, validationStart(count, validationSplit) < count);
  const dtype = data.inputs.data instanceof Uint8Array ? "uint8" : "float32";
  const state = async (): Promise<EngineState> => (await network.engine({ dtype, batchSize })).state();
  const last = await folder.lastCheckpoint(network);
  const begin = last?.epoch ?? 0;
  let history = await folder.history(begin);
  if (last === null) await folder.writeKernels(network, 0);
  else {
    network.setWeights(last.weights);
    (await network.engine({ dtype, batchSize })).restore(last.state);
  }
  const guards = runCallbacks(settings);
  const remembered = () => new Map([...guards].map(([name, guard]) => [name, guard.state()]));
  let held = last?.callbacks;
  await options.onStart?.({ network, data, epoch: begin });
  const save: Callback = {
    async onEpochEnd(epoch, logs, training) {
      history = [...history, recordOf(epoch, logs)];
      held = remembered();
      const checkpoint = {
        epoch: epoch + 1,
        weights: network.getWeights(),
        state: await state(),
        callbacks: held,
      };
      await folder.writeEpoch(network, checkpoint, history);
      if (options.lastEpoch?.aborted) training.stop();
    },
  };
  if (begin < epochs && !earlyStopOf(held).stopped) {
    await network.fit(data.inputs, data.targets, {
      batchSize,
      epochs,
      initialEpoch: begin,
      validationSplit,
      shuffle,
      seed,
      // Whoever shows progress is told first, so that the line of an epoch stands before a note about its files; the
      // checkpoint comes last, as it holds what the others remember.
      callbacks: [
        ...(options.callbacks ?? []),
        ...[...guards].map(([name, guard]) => goingOn(guard, last?.callbacks?.get(name))),
        save,
      ],
      signal: options.signal,
    });
    // Pictures can take most of the memory, and saving needs some.
    data = null;
  } else {
    // The process ended between the last checkpoint and the model.
    const { weights } = earlyStopOf(held);
    if (weights !== null) network.setWeights(weights);
  }
  const { stopped, bestEpoch, weights } = earlyStopOf(held);
  const complete = stopped || history.length >= epochs;
  if (complete) await folder.write("model.keras", await saveKeras(network, await state(), EPOCH_OF_FILES));
  const stoppedEarly = stopped ? { bestEpoch: bestEpoch!, restored: weights !== null } : null;
  return { network, history, complete, stoppedEarly };
}

/** A fixed date, so that the same run gives the same file. */
const EPOCH_OF_FILES = new Date(Date.UTC(2000, 0, 1));

function recordOf(epoch: number, logs: Logs): EpochRecord {
  return { ...logs, epoch: epoch + 1 };
}
