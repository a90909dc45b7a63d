import type { Compiled } from "../compile.ts";
import type { EngineState } from "../engine/engine.ts";
import { snakeCase } from "../keras-json.ts";
import type { Json } from "../layer.ts";
import type { LossSpec } from "../losses.ts";
import type { MetricSpec } from "../metrics.ts";
import type { Network } from "../network.ts";
import { type OptimizerSpec, slotsOf } from "../optimizers.ts";
import type { StoredArray } from "./hdf5-writer.ts";

type Config = { readonly [key: string]: Json };

/** Keras's `compile_config`: optimizer, loss and metrics as Keras serializes them. */
export function compileConfig({ optimizer, learningRate, loss, metrics }: Compiled): Config {
  return {
    optimizer: serializedOptimizer(optimizer.spec, learningRate),
    loss: serializedLoss(loss),
    loss_weights: null,
    metrics: metrics.map(serializedMetric),
    weighted_metrics: null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

function serializedOptimizer(spec: OptimizerSpec, learningRate: number): Config {
  const common: Config = {
    learning_rate: learningRate,
    weight_decay: spec.weightDecay ?? null,
    clipnorm: spec.clipNorm ?? null,
    global_clipnorm: spec.globalClipNorm ?? null,
    clipvalue: spec.clipValue ?? null,
  };
  const of = (className: string, config: Config): Config => ({
    module: "keras.optimizers",
    class_name: className,
    config: { name: className.toLowerCase(), ...common, ...config },
    registered_name: null,
  });
  switch (spec.kind) {
    case "sgd":
      return of("SGD", { momentum: spec.momentum ?? 0, nesterov: spec.nesterov ?? false });
    case "adam":
      return of(spec.weightDecay === undefined ? "Adam" : "AdamW", {
        beta_1: spec.beta1 ?? 0.9,
        beta_2: spec.beta2 ?? 0.999,
        epsilon: spec.epsilon ?? 1e-7,
        amsgrad: false,
      });
    case "rmsprop":
      return of("RMSprop", {
        rho: spec.rho ?? 0.9,
        momentum: spec.momentum ?? 0,
        epsilon: spec.epsilon ?? 1e-7,
        centered: spec.centered ?? false,
      });
  }
}

const LOSS_CLASSES: Readonly<Record<LossSpec["kind"], string>> = {
  categoricalCrossentropy: "CategoricalCrossentropy",
  sparseCategoricalCrossentropy: "SparseCategoricalCrossentropy",
  binaryCrossentropy: "BinaryCrossentropy",
  meanSquaredError: "MeanSquaredError",
  meanAbsoluteError: "MeanAbsoluteError",
  huber: "Huber",
};

/** A plain name where nothing was set, as a user would have written it; otherwise the object. */
function serializedLoss(loss: LossSpec): Json {
  const { kind, ...settings } = loss;
  const className = LOSS_CLASSES[kind];
  const config = snakeKeys(settings);
  if (Object.keys(config).length === 0) return snakeCase(className);
  return { module: "keras.losses", class_name: className, config, registered_name: null };
}

const METRIC_NAMES: Readonly<Record<Exclude<MetricSpec, object>, string>> = {
  accuracy: "accuracy",
  binaryAccuracy: "binary_accuracy",
  categoricalAccuracy: "categorical_accuracy",
  sparseCategoricalAccuracy: "sparse_categorical_accuracy",
  precision: "precision",
  recall: "recall",
  meanSquaredError: "mean_squared_error",
  meanAbsoluteError: "mean_absolute_error",
};

function serializedMetric(metric: MetricSpec): Json {
  if (metric === "precision" || metric === "recall") {
    const className = metric === "precision" ? "Precision" : "Recall";
    return {
      module: "keras.metrics",
      class_name: className,
      config: { name: metric },
      registered_name: null,
    };
  }
  if (typeof metric === "string") return METRIC_NAMES[metric];
  const { k = 5, name = "top_k_categorical_accuracy" } = metric;
  return {
    module: "keras.metrics",
    class_name: "TopKCategoricalAccuracy",
    config: { name, k },
    registered_name: null,
  };
}

function snakeKeys(settings: object): Config {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value as Json]),
  );
}

/**
 * The optimizer's variables in Keras's order: iteration, learning rate, then for Adam momentum and velocity of each
 * weight in turn, for the others one slot of all weights after another.
 */
export function optimizerArrays(
  network: Network,
  { optimizer }: Compiled,
  state: EngineState,
): StoredArray[] {
  const trained = network.layers
    .flatMap((layer) => layer.parameters)
    .filter((parameter) => parameter.trainable);
  const slots = slotsOf(optimizer.spec);
  const array = (engineName: string, slot: string, shape: readonly number[]): StoredArray => ({
    data: state.slots.get(`${engineName}/${slot}`) ?? new Float32Array(shape.reduce((a, b) => a * b, 1)),
    shape,
  });
  const values =
    optimizer.spec.kind === "adam"
      ? trained.flatMap(({ engineName, shape }) => slots.map((slot) => array(engineName, slot, shape)))
      : slots.flatMap((slot) => trained.map(({ engineName, shape }) => array(engineName, slot, shape)));
  return [
    { data: BigInt64Array.of(BigInt(state.step)), shape: [] },
    { data: Float32Array.of(state.learningRate), shape: [] },
    ...values,
  ];
}
