import {
  type Callback,
  createProgressBar,
  type KerasEra,
  type Logs,
  type ProgressBar,
} from "../../train/index.ts";

/** Whose progress lines, and of what. */
export interface KerasProgressOptions {
  readonly era: KerasEra;
  readonly epochs: number;
  /** Samples that are trained on. */
  readonly trained: number;
  /** Samples that are held out. */
  readonly held: number;
  readonly batchSize: number;
  readonly write: (text: string) => void;
  /** Redraws the bar; otherwise only finished lines are written. */
  readonly terminal: boolean;
  readonly color: boolean;
}

/** Prints what Keras prints while it trains, in the words of the given era. */
export function kerasProgress(options: KerasProgressOptions): Callback {
  const { era, epochs, trained, held, batchSize, write, terminal, color } = options;
  const steps = Math.ceil(trained / batchSize);
  const target = era === "2.2" ? trained : steps;
  let bar: ProgressBar | null = null;
  return {
    onTrainBegin() {
      if (era !== "2.2" || held === 0) return;
      write(`Train on ${trained} samples, validate on ${held} samples\n`);
    },
    onEpochBegin(epoch) {
      if (era === "2.2" || epochs > 1) write(`Epoch ${epoch + 1}/${epochs}\n`);
      // Numbers come as means of the epoch so far: the bar must not average them again.
      bar = createProgressBar({ era, target, terminal, color, stateful: "all" });
      if (terminal && era === "2.2") write(bar.update(0, []));
    },
    onBatchEnd(batch, logs) {
      const done = era === "2.2" ? Math.min(trained, (batch + 1) * batchSize) : batch + 1;
      // The last batch's line is drawn at the end of the epoch, with the numbers of validation.
      if (!terminal || done >= target) return;
      write(bar?.update(done, valuesOf(logs, era), false) ?? "");
    },
    onEpochEnd(_epoch, logs) {
      const text = bar?.update(target, valuesOf(logs, era), true) ?? "";
      write(terminal ? text : text.replace(/^[\b\r\n]+/, ""));
    },
  };
}

/** Keras 2.2 calls accuracy `acc`; Keras 3 sorts by name. */
function valuesOf(logs: Logs, era: KerasEra): readonly (readonly [string, number])[] {
  const entries = Object.entries(logs);
  if (era === "3") return entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return era === "2.2"
    ? entries.map(([name, value]) => [name.replace(/^(val_)?accuracy$/, "$1acc"), value])
    : entries;
}
