import type { Network } from "./network.ts";

/** Numbers of one epoch by name: `loss`, `accuracy`, `val_loss`, … */
export type Logs = Readonly<Record<string, number>>;

/** Something that is told how training goes and may change it. */
export interface Callback {
  onTrainBegin?(training: Training): void | Promise<void>;
  onEpochBegin?(epoch: number, training: Training): void | Promise<void>;
  /** After every update; `logs` are the means of the epoch so far. */
  onBatchEnd?(batch: number, logs: Logs, training: Training): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, training: Training): void | Promise<void>;
  onTrainEnd?(training: Training): void | Promise<void>;
}

/** What callbacks can see and do. */
export interface Training {
  readonly network: Network;
  /** May be set. */
  learningRate: number;
  /** Training ends after this epoch. */
  stop(): void;
}

/** Options of `earlyStopping` and `reduceOnPlateau`. */
export interface MonitorOptions {
  /** Default `val_loss`. */
  readonly monitor?: string | undefined;
  /** Epochs without an improvement that are waited for. */
  readonly patience?: number | undefined;
  /** What counts as an improvement at least. */
  readonly minDelta?: number | undefined;
  /** Default `auto`: larger is better for accuracies, precision and recall. */
  readonly mode?: "auto" | "min" | "max" | undefined;
}

/** Whether `value` improves on `best`. */
function improvement({
  monitor = "val_loss",
  mode = "auto",
  minDelta = 0,
}: MonitorOptions): (value: number, best: number) => boolean {
  const larger = mode === "max" || (mode === "auto" && /acc|precision|recall/.test(monitor));
  return (value, best) => (larger ? value - Math.abs(minDelta) > best : value + Math.abs(minDelta) < best);
}

function worst(options: MonitorOptions): number {
  const better = improvement({ ...options, minDelta: 0 });
  return better(1, 0) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Stops when the monitored number no longer improves, as Keras's EarlyStopping; patience defaults to 0. */
export function earlyStopping(
  options: MonitorOptions & {
    /** Puts the weights of the best epoch back at the end. */
    readonly restoreBestWeights?: boolean | undefined;
  } = {},
): Callback {
  const { monitor = "val_loss", patience = 0, restoreBestWeights = false } = options;
  const better = improvement(options);
  let best = worst(options);
  let wait = 0;
  let weights: readonly Float32Array[] | null = null;
  return {
    onTrainBegin() {
      best = worst(options);
      wait = 0;
      weights = null;
    },
    onEpochEnd(_epoch, logs, training) {
      const value = logs[monitor];
      if (value === undefined) return;
      wait++;
      if (better(value, best)) {
        best = value;
        wait = 0;
        if (restoreBestWeights) weights = training.network.getWeights();
      } else if (wait >= patience) training.stop();
    },
    onTrainEnd(training) {
      if (weights !== null) training.network.setWeights(weights);
    },
  };
}

/** Lowers the learning rate when the monitored number no longer improves, as Keras's ReduceLROnPlateau. */
export function reduceOnPlateau(
  options: MonitorOptions & {
    /** Default 0.1. */
    readonly factor?: number | undefined;
    /** Default 0. */
    readonly minLearningRate?: number | undefined;
    /** Epochs to wait after a reduction; default 0. */
    readonly cooldown?: number | undefined;
  } = {},
): Callback {
  const {
    monitor = "val_loss",
    patience = 10,
    factor = 0.1,
    minLearningRate = 0,
    cooldown = 0,
    minDelta = 1e-4,
  } = options;
  const better = improvement({ ...options, minDelta });
  let best = worst(options);
  let wait = 0;
  let resting = 0;
  return {
    onTrainBegin() {
      best = worst(options);
      wait = 0;
      resting = 0;
    },
    onEpochEnd(_epoch, logs, training) {
      const value = logs[monitor];
      if (value === undefined) return;
      if (resting > 0) {
        resting--;
        wait = 0;
      }
      if (better(value, best)) {
        best = value;
        wait = 0;
      } else if (resting === 0) {
        wait++;
        if (wait >= patience && training.learningRate > minLearningRate) {
          training.learningRate = Math.max(training.learningRate * factor, minLearningRate);
          resting = cooldown;
          wait = 0;
        }
      }
    },
  };
}

/** Hands over one line of CSV an epoch, the header first: `epoch,accuracy,loss,…` with the names sorted. */
export function csvLogger(write: (line: string) => void | Promise<void>): Callback {
  let names: readonly string[] | null = null;
  return {
    async onEpochEnd(epoch, logs) {
      if (names === null) {
        names = Object.keys(logs).sort();
        await write(`${["epoch", ...names].join(",")}\n`);
      }
      await write(`${[epoch, ...names.map((name) => logs[name] ?? "NA")].join(",")}\n`);
    },
  };
}
