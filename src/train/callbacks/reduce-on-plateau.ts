import type { ResumableCallback } from "./callback.ts";
import { improvement, type MonitorOptions, worst } from "./monitor.ts";

/** Options of `reduceOnPlateau`. */
export interface ReduceOnPlateauOptions extends MonitorOptions {
  /** Default 0.1. */
  readonly factor?: number | undefined;
  /** Default 0. */
  readonly minLearningRate?: number | undefined;
  /** Epochs to wait after a reduction; default 0. */
  readonly cooldown?: number | undefined;
}

/**
 * Lowers the learning rate when the monitored number no longer improves, as Keras's ReduceLROnPlateau. Its state
 * holds `best`, `wait` and the epochs of `cooldown` that are left.
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): ResumableCallback {
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
    state: () => ({ numbers: { best, wait, cooldown: resting }, weights: null }),
    restore({ numbers }) {
      best = numbers.best ?? best;
      wait = numbers.wait ?? wait;
      resting = numbers.cooldown ?? resting;
    },
  };
}
