import type { EngineState } from "../engine/engine.ts";
import type { Network } from "../network.ts";

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

/** What a callback remembers from epoch to epoch. */
export interface CallbackState {
  /** By name; may be infinite. */
  readonly numbers: Readonly<Record<string, number>>;
  /** All weights of a network, as `getWeights` gives them. */
  readonly weights: readonly Float32Array<ArrayBuffer>[] | null;
}

/**
 * A callback that can go on in another process: with `restore` after `onTrainBegin` (which begins anew), training
 * ends as if it had never stopped.
 */
export interface ResumableCallback extends Callback {
  state(): CallbackState;
  restore(state: CallbackState): void;
}

/** What callbacks can see and do. */
export interface Training {
  readonly network: Network;
  /** May be set. */
  learningRate: number;
  /** Training ends after this epoch. */
  stop(): void;
  /** What the optimizer keeps, as it stands; a fresh copy. */
  state(): EngineState;
}
