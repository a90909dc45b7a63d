import type { ResumableCallback } from "./callback.ts";
import { improvement, type MonitorOptions, worst } from "./monitor.ts";

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Puts the weights of the best epoch back at the end. */
  readonly restoreBestWeights?: boolean | undefined;
}

/**
 * Stops when the monitored number no longer improves, as Keras's EarlyStopping; patience defaults to 0. Its state
 * holds `best`, `bestEpoch` (from 0), `wait` and whether it has `stopped` training (1).
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): ResumableCallback {
  const { monitor = "val_loss", patience = 0, restoreBestWeights = false } = options;
  const better = improvement(options);
  let best = worst(options);
  let bestEpoch = 0;
  let wait = 0;
  let stopped = 0;
  let weights: readonly Float32Array<ArrayBuffer>[] | null = null;
  return {
    onTrainBegin() {
      best = worst(options);
      bestEpoch = 0;
      wait = 0;
      stopped = 0;
      weights = null;
    },
    onEpochEnd(epoch, logs, training) {
      const value = logs[monitor];
      if (value === undefined) return;
      wait++;
      if (better(value, best)) {
        best = value;
        bestEpoch = epoch;
        wait = 0;
        if (restoreBestWeights) weights = training.network.getWeights();
      } else if (wait >= patience) {
        stopped = 1;
        training.stop();
      }
    },
    onTrainEnd(training) {
      if (weights !== null) training.network.setWeights(weights);
    },
    state: () => ({ numbers: { best, bestEpoch, wait, stopped }, weights }),
    restore({ numbers, weights: held }) {
      best = numbers.best ?? best;
      bestEpoch = numbers.bestEpoch ?? bestEpoch;
      wait = numbers.wait ?? wait;
      stopped = numbers.stopped ?? stopped;
      weights = held;
    },
  };
}
