import { ReadError } from "../errors.ts";
import type { LossSpec } from "./losses.ts";
import type { MetricSpec } from "./metrics.ts";
import { learningRateOf, type OptimizerSpec } from "./optimizers.ts";
import type { LearningRateSchedule } from "./schedules.ts";

/** A loss by its Keras name, or with settings. */
export type LossLike = LossSpec["kind"] | LossSpec;

/** An optimizer with a fixed learning rate or a schedule. */
export interface Optimizer {
  readonly spec: OptimizerSpec;
  readonly schedule: LearningRateSchedule | null;
}

type Without<T> = Omit<T, "kind" | "learningRate"> & {
  readonly learningRate?: number | LearningRateSchedule | undefined;
};

function optimizer<T extends OptimizerSpec>(kind: T["kind"], options: Without<T>): Optimizer {
  const { learningRate, ...rest } = options;
  if (typeof learningRate === "function") {
    return {
      spec: { kind, ...rest, learningRate: learningRate(0) } as OptimizerSpec,
      schedule: learningRate,
    };
  }
  const rate = learningRate === undefined ? {} : { learningRate };
  return { spec: { kind, ...rest, ...rate } as OptimizerSpec, schedule: null };
}

type Sgd = Extract<OptimizerSpec, { kind: "sgd" }>;
type Adam = Extract<OptimizerSpec, { kind: "adam" }>;
type Rmsprop = Extract<OptimizerSpec, { kind: "rmsprop" }>;

/** Stochastic gradient descent with Keras's defaults (learning rate 0.01). */
export function sgd(options: Without<Sgd> = {}): Optimizer {
  return optimizer<Sgd>("sgd", options);
}

/** Adam exactly as Keras computes it (learning rate 0.001, epsilon 1e-7); `form: "torch"` for PyTorch's. */
export function adam(options: Without<Adam> = {}): Optimizer {
  return optimizer<Adam>("adam", options);
}

/** Adam with decoupled weight decay; Keras's default decay is 0.004. */
export function adamw(options: Without<Adam> = {}): Optimizer {
  return optimizer<Adam>("adam", { weightDecay: 0.004, ...options });
}

/** RMSprop with Keras's defaults (learning rate 0.001, rho 0.9). */
export function rmsprop(options: Without<Rmsprop> = {}): Optimizer {
  return optimizer<Rmsprop>("rmsprop", options);
}

/** What `compile` may be told. */
export interface CompileOptions {
  /** Default `rmsprop()`, as in Keras. */
  readonly optimizer?: "sgd" | "adam" | "adamw" | "rmsprop" | Optimizer | undefined;
  readonly loss: LossLike;
  readonly metrics?: readonly MetricSpec[] | undefined;
}

/** What `compile` settled. */
export interface Compiled {
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  readonly loss: LossSpec;
  readonly metrics: readonly MetricSpec[];
}

const BY_NAME = { sgd, adam, adamw, rmsprop } as const;

/** Checks and completes what `compile` was told. */
export function settle(options: CompileOptions): Compiled {
  const given = options.optimizer ?? "rmsprop";
  const chosen = typeof given === "string" ? BY_NAME[given]() : given;
  const loss = typeof options.loss === "string" ? ({ kind: options.loss } as LossSpec) : options.loss;
  const learningRate = learningRateOf(chosen.spec);
  if (!(learningRate >= 0) || !Number.isFinite(learningRate)) {
    throw new ReadError(
      "bad-option",
      `The learning rate is ${learningRate}; expected a number of at least 0.`,
    );
  }
  return { optimizer: chosen, learningRate, loss, metrics: options.metrics ?? [] };
}
