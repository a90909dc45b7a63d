import { ReadError } from "../../errors.ts";
import { saveKeras, saveKerasWeights } from "../save/keras.ts";
import { saveKerasH5 } from "../save/keras-h5.ts";
import type { Logs, ResumableCallback, Training } from "./callback.ts";
import { fileName } from "./file-name.ts";
import { improvement, type MonitorOptions, worst } from "./monitor.ts";

/** Options of `modelCheckpoint`, by Keras's names. */
export interface ModelCheckpointOptions extends Pick<MonitorOptions, "monitor" | "mode"> {
  /**
   * `model.keras`, or a pattern of Python's `str.format` with `epoch` (from 1), `batch` (from 1, with a number for
   * `saveFreq`) and the numbers of the epoch: `epoch-{epoch:02d}-{val_loss:.4f}.keras`. Ends in `.keras`, in `.h5` for
   * Keras 2 (without optimizer), with `saveWeightsOnly` in `.weights.h5`.
   */
  readonly filepath: string;
  /** Keeps a file: `kernelscope/node` has `writeWhole`, a page may offer a download. */
  readonly write: (path: string, content: Uint8Array<ArrayBuffer>) => unknown;
  /** Writes only when the monitored number is better than ever before. */
  readonly saveBestOnly?: boolean | undefined;
  readonly saveWeightsOnly?: boolean | undefined;
  /** After every epoch (default), or after so many batches. */
  readonly saveFreq?: "epoch" | number | undefined;
  /** What the monitored number must be better than at first. */
  readonly initialValueThreshold?: number | undefined;
}

/**
 * Writes the network, with its optimizer where the format has room for it, as Keras's ModelCheckpoint does. Its state
 * holds the `best` value and the `batches` since the last file.
 *
 * @throws ReadError `bad-option` for a name that fits no format; while training, for a number that is not there
 * @example
 * modelCheckpoint({
 *   filepath: "best.keras",
 *   saveBestOnly: true,
 *   write: (path, content) => writeFile(path, content),
 * });
 */
export function modelCheckpoint(options: ModelCheckpointOptions): ResumableCallback {
  const { filepath, write, monitor = "val_loss", saveBestOnly = false, saveFreq = "epoch" } = options;
  const encode = encoderOf(options);
  if (saveFreq !== "epoch" && !(Number.isSafeInteger(saveFreq) && saveFreq >= 1)) {
    throw new ReadError(
      "bad-option",
      `saveFreq is ${saveFreq}; expected "epoch" or a whole number of batches.`,
    );
  }
  const better = improvement(options);
  const first = options.initialValueThreshold ?? worst(options);
  let best = first;
  let batches = 0;
  let epoch = 0;

  const save = async (training: Training, logs: Logs, numbers: Readonly<Record<string, number>>) => {
    if (saveBestOnly) {
      const value = logs[monitor];
      if (value === undefined) {
        throw new ReadError(
          "bad-option",
          `saveBestOnly needs ${JSON.stringify(monitor)}; there are ${Object.keys(logs).join(", ")}.`,
        );
      }
      if (!better(value, best)) return;
      best = value;
    }
    await write(fileName(filepath, { ...numbers, ...logs }), await encode(training));
  };
  return {
    onTrainBegin() {
      best = first;
      batches = 0;
    },
    onEpochBegin(begun) {
      epoch = begun;
    },
    async onBatchEnd(batch, logs, training) {
      if (saveFreq === "epoch") return;
      batches++;
      if (batches < saveFreq) return;
      batches = 0;
      await save(training, logs, { epoch: epoch + 1, batch: batch + 1 });
    },
    async onEpochEnd(ended, logs, training) {
      if (saveFreq === "epoch") await save(training, logs, { epoch: ended + 1 });
    },
    state: () => ({ numbers: { best, batches }, weights: null }),
    restore({ numbers }) {
      best = numbers.best ?? best;
      batches = numbers.batches ?? batches;
    },
  };
}

type Encode = (training: Training) => Promise<Uint8Array<ArrayBuffer>>;

function encoderOf({ filepath, saveWeightsOnly = false }: ModelCheckpointOptions): Encode {
  if (saveWeightsOnly) {
    if (/\.weights\.h5$/.test(filepath)) return ({ network, state }) => saveKerasWeights(network, state());
    throw misnamed(filepath, "saveWeightsOnly writes .weights.h5");
  }
  if (/\.keras$/.test(filepath)) return ({ network, state }) => saveKeras(network, state());
  if (/(?<!\.weights)\.(h5|hdf5)$/.test(filepath)) return ({ network }) => saveKerasH5(network);
  throw misnamed(filepath, "networks are written as .keras or .h5");
}

function misnamed(filepath: string, expected: string): ReadError {
  return new ReadError("bad-option", `The file name ${JSON.stringify(filepath)} does not fit: ${expected}.`);
}
