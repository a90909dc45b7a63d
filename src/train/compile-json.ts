import { ReadError } from "../errors.ts";
import { adam, adamw, type CompileOptions, type Optimizer, rmsprop, sgd } from "./compile.ts";
import type { LossSpec } from "./losses.ts";
import type { MetricSpec } from "./metrics.ts";
import { type LearningRateSchedule, schedules } from "./schedules.ts";

type Config = Readonly<Record<string, unknown>>;

/**
 * What Keras's `compile_config` says, as options of `compile`: the inverse of what `saveKeras` writes. Null when it
 * names no loss, as in a model that was never compiled.
 *
 * @throws ReadError `unsupported` for an optimizer, loss, metric or schedule that is not known here
 */
export function compileOptionsOf(json: unknown): CompileOptions | null {
  const config = asConfig(json);
  const loss = config === null ? null : (config.loss ?? null);
  if (config === null || loss === null) return null;
  return {
    ...(config.optimizer === undefined || config.optimizer === null
      ? {}
      : { optimizer: optimizerOf(config.optimizer) }),
    loss: lossOf(loss),
    metrics: metricsOf(config.metrics).map(metricOf),
  };
}

function optimizerOf(json: unknown): Optimizer {
  if (typeof json === "string") return optimizerNamed(json.toLowerCase(), {});
  const { className, config } = object(json, "optimizer");
  return optimizerNamed(className.toLowerCase(), config);
}

function optimizerNamed(name: string, config: Config): Optimizer {
  const common = {
    ...rateOf(config.learning_rate),
    ...number(config, "weight_decay", "weightDecay"),
    ...number(config, "clipnorm", "clipNorm"),
    ...number(config, "global_clipnorm", "globalClipNorm"),
    ...number(config, "clipvalue", "clipValue"),
  };
  const momentum = number(config, "momentum", "momentum");
  const epsilon = number(config, "epsilon", "epsilon");
  switch (name) {
    case "sgd":
      return sgd({ ...common, ...momentum, ...(config.nesterov === true ? { nesterov: true } : {}) });
    case "adam":
    case "adamw": {
      if (config.amsgrad === true) throw unknown("optimizer", "Adam with amsgrad");
      const betas = { ...number(config, "beta_1", "beta1"), ...number(config, "beta_2", "beta2") };
      return (name === "adam" ? adam : adamw)({ ...common, ...betas, ...epsilon });
    }
    case "rmsprop": {
      const centered = config.centered === true ? { centered: true } : {};
      return rmsprop({ ...common, ...number(config, "rho", "rho"), ...momentum, ...epsilon, ...centered });
    }
    default:
      throw unknown("optimizer", name);
  }
}

function rateOf(json: unknown): { readonly learningRate?: number | LearningRateSchedule } {
  if (typeof json === "number") return { learningRate: json };
  if (json === undefined || json === null) return {};
  const { className, config } = object(json, "learning rate");
  const of = (key: string): number => Number(config[key]);
  const initialLearningRate = of("initial_learning_rate");
  const decay = { initialLearningRate, decaySteps: of("decay_steps"), decayRate: of("decay_rate") };
  switch (className) {
    case "ExponentialDecay":
      return { learningRate: schedules.exponentialDecay({ ...decay, staircase: config.staircase === true }) };
    case "InverseTimeDecay":
      return { learningRate: schedules.inverseTimeDecay({ ...decay, staircase: config.staircase === true }) };
    case "CosineDecay":
      if (Number(config.warmup_steps ?? 0) > 0) throw unknown("schedule", "CosineDecay with warm-up");
      return { learningRate: schedules.cosineDecay({ ...decay, alpha: Number(config.alpha ?? 0) }) };
    case "PiecewiseConstantDecay":
      return {
        learningRate: schedules.piecewiseConstantDecay({
          boundaries: config.boundaries as readonly number[],
          values: config.values as readonly number[],
        }),
      };
    default:
      throw unknown("schedule", className);
  }
}

const LOSSES: ReadonlyMap<string, LossSpec["kind"]> = new Map([
  ["categoricalcrossentropy", "categoricalCrossentropy"],
  ["sparsecategoricalcrossentropy", "sparseCategoricalCrossentropy"],
  ["binarycrossentropy", "binaryCrossentropy"],
  ["meansquarederror", "meanSquaredError"],
  ["mse", "meanSquaredError"],
  ["meanabsoluteerror", "meanAbsoluteError"],
  ["mae", "meanAbsoluteError"],
  ["huber", "huber"],
]);

/** A loss by any of Keras's spellings (`categorical_crossentropy`, `CategoricalCrossentropy`, `mse`), or Keras's object. */
export function lossOf(json: unknown): LossSpec {
  const { className, config } =
    typeof json === "string" ? { className: json, config: {} as Config } : object(json, "loss");
  const kind = LOSSES.get(plain(className));
  if (kind === undefined) throw unknown("loss", className);
  const settings = {
    ...(config.from_logits === true ? { fromLogits: true } : {}),
    ...(kind === "huber" ? number(config, "delta", "delta") : {}),
    ...(Number(config.label_smoothing ?? 0) > 0 ? number(config, "label_smoothing", "labelSmoothing") : {}),
  };
  return { kind, ...settings } as LossSpec;
}

const METRICS: ReadonlyMap<string, Exclude<MetricSpec, object>> = new Map([
  ["accuracy", "accuracy"],
  ["acc", "accuracy"],
  ["binaryaccuracy", "binaryAccuracy"],
  ["categoricalaccuracy", "categoricalAccuracy"],
  ["sparsecategoricalaccuracy", "sparseCategoricalAccuracy"],
  ["precision", "precision"],
  ["recall", "recall"],
  ["meansquarederror", "meanSquaredError"],
  ["mse", "meanSquaredError"],
  ["meanabsoluteerror", "meanAbsoluteError"],
  ["mae", "meanAbsoluteError"],
]);

/** A metric by any of Keras's spellings, or Keras's object. */
export function metricOf(json: unknown): MetricSpec {
  const { className, config } =
    typeof json === "string" ? { className: json, config: {} as Config } : object(json, "metric");
  const name = plain(className);
  if (name === "topkcategoricalaccuracy" || name === "sparsetopkcategoricalaccuracy") {
    const own = typeof config.name === "string" ? { name: config.name } : {};
    return { kind: "topKCategoricalAccuracy", ...number(config, "k", "k"), ...own };
  }
  const metric = METRICS.get(name);
  if (metric === undefined) throw unknown("metric", className);
  return metric;
}

/** Keras 3 saves metrics as a list, or as one list per output. */
function metricsOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json.flat() : [];
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

function number<K extends string>(config: Config, key: string, ours: K): { readonly [key in K]?: number } {
  const value = config[key];
  return typeof value === "number" ? ({ [ours]: value } as { readonly [key in K]?: number }) : {};
}

function asConfig(json: unknown): Config | null {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Config) : null;
}

function object(json: unknown, what: string): { readonly className: string; readonly config: Config } {
  const whole = asConfig(json);
  const className = whole?.class_name;
  if (typeof className !== "string") {
    throw new ReadError("malformed", `The ${what} should be a name or an object with class_name and config.`);
  }
  return { className, config: asConfig(whole?.config) ?? {} };
}

function unknown(what: string, name: string): ReadError {
  return new ReadError("unsupported", `The ${what} ${JSON.stringify(name)} is not known here.`);
}
