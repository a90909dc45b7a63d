import { ReadError } from "../../index.ts";
import {
  type Callback,
  type CallbackState,
  earlyStopping,
  logNames,
  type Network,
  type ResumableCallback,
  reduceOnPlateau,
} from "../../train/index.ts";
import type { RunSettings } from "./run-settings.ts";

/** The name under which a checkpoint holds what early stopping remembers. */
export const EARLY_STOPPING = "earlyStopping";

/** The callbacks that a run's settings ask for, by the names under which checkpoints hold their states. */
export function runCallbacks(settings: RunSettings): ReadonlyMap<string, ResumableCallback> {
  const callbacks = new Map<string, ResumableCallback>();
  if (settings.reduceOnPlateau !== undefined)
    callbacks.set("reduceOnPlateau", reduceOnPlateau(settings.reduceOnPlateau));
  if (settings.earlyStopping !== undefined)
    callbacks.set(EARLY_STOPPING, earlyStopping(settings.earlyStopping));
  return callbacks;
}

/** A callback that goes on from `state` when training begins. */
export function goingOn(callback: ResumableCallback, state: CallbackState | undefined): Callback {
  if (state === undefined) return callback;
  return {
    ...callback,
    async onTrainBegin(training) {
      await callback.onTrainBegin?.(training);
      callback.restore(state);
    },
  };
}

/**
 * Checks that what a run's callbacks watch will be there, and that they can do their work.
 *
 * @param held whether samples are held out
 * @throws ReadError `bad-option`
 */
export function assertMonitors(network: Network, settings: RunSettings, held: boolean): void {
  const names = logNames(network, held);
  for (const { monitor } of [settings.earlyStopping, settings.reduceOnPlateau].filter(
    (each) => each !== undefined,
  )) {
    if (names.includes(monitor)) continue;
    const hint =
      monitor.startsWith("val_") && !held ? " No samples are held out: give --validation-split." : "";
    throw new ReadError(
      "bad-option",
      `${JSON.stringify(monitor)} cannot be watched: the numbers of this run are ${names.join(", ")}.${hint}`,
    );
  }
  if (settings.reduceOnPlateau !== undefined && (network.compiled?.optimizer.schedule ?? null) !== null) {
    throw new ReadError(
      "bad-option",
      "The learning rate follows a schedule, which a plateau cannot change: give --learning-rate, or leave --reduce-on-plateau out.",
    );
  }
}

/** Whether early stopping has ended a run, and the weights that it puts back at the end of one. */
export function earlyStopOf(callbacks: ReadonlyMap<string, CallbackState> | undefined): {
  readonly stopped: boolean;
  /** From 1; null when there is no early stopping. */
  readonly bestEpoch: number | null;
  readonly weights: CallbackState["weights"];
} {
  const state = callbacks?.get(EARLY_STOPPING);
  return {
    stopped: state?.numbers.stopped === 1,
    bestEpoch: state?.numbers.bestEpoch === undefined ? null : state.numbers.bestEpoch + 1,
    weights: state?.weights ?? null,
  };
}
