import { describe, expect, it } from "vitest";
import { compileOptionsOf, schedules } from "../../src/train/index.ts";
import { createMetric, type MetricSpec } from "../../src/train/metrics.ts";
import { keras } from "./fixtures.ts";

describe("metrics equal Keras's", () => {
  const { data, weights, cases } = keras.metrics;
  it.each(
    cases.map((each) => [`${each.name} of ${each.data}${each.weighted ? ", weighted" : ""}`, each] as const),
  )("%s", (_, each) => {
    const { size, outputs, targets } = data[each.data]!;
    const spec: MetricSpec =
      each.name === "topK2" ? { kind: "topKCategoricalAccuracy", k: 2 } : (each.name as MetricSpec);
    const kind = each.data === "sparse" ? "sparseCategoricalCrossentropy" : "categoricalCrossentropy";
    const metric = createMetric(spec, size, { kind });
    const targetSize = targets.length / 24;
    for (let start = 0; start < 24; start += 10) {
      const end = Math.min(24, start + 10);
      metric.update(
        targets.slice(start * targetSize, end * targetSize),
        Float32Array.from(outputs.slice(start * size, end * size)),
        end - start,
        each.weighted ? weights.slice(start, end) : undefined,
      );
    }
    expect(metric.result()).toBeCloseTo(each.value, 6);
    metric.reset();
    expect(metric.result()).toBe(0);
  });

  it("accuracy is the one that fits output and loss", () => {
    const value = (
      size: number,
      kind: "binaryCrossentropy" | "sparseCategoricalCrossentropy" | "categoricalCrossentropy",
      targets: number[],
      outputs: number[],
    ) => {
      const metric = createMetric("accuracy", size, { kind });
      metric.update(targets, Float32Array.from(outputs), outputs.length / size);
      return metric.result();
    };
    expect(value(1, "binaryCrossentropy", [1, 0, 1, 1], [0.9, 0.2, 0.4, 0.5])).toBe(0.5);
    expect(value(3, "sparseCategoricalCrossentropy", [2, 0], [0.1, 0.2, 0.7, 0.2, 0.5, 0.3])).toBe(0.5);
    expect(value(3, "categoricalCrossentropy", [0, 0, 1, 0, 1, 0], [0.1, 0.2, 0.7, 0.2, 0.5, 0.3])).toBe(1);
  });

  it("precision of class numbers is refused", () => {
    expect(() => createMetric("precision", 3, { kind: "sparseCategoricalCrossentropy" })).toThrow(/one-hot/);
  });
});

describe("learning-rate schedules equal Keras's", () => {
  const decay = { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 };
  const ours = {
    exponentialDecay: schedules.exponentialDecay(decay),
    exponentialDecayStaircase: schedules.exponentialDecay({ ...decay, staircase: true }),
    cosineDecay: schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 30, alpha: 0.1 }),
    piecewiseConstantDecay: schedules.piecewiseConstantDecay({
      boundaries: [5, 15],
      values: [0.3, 0.2, 0.1],
    }),
    inverseTimeDecay: schedules.inverseTimeDecay(decay),
    inverseTimeDecayStaircase: schedules.inverseTimeDecay({ ...decay, staircase: true }),
  };
  const { steps, rates, configs } = keras.schedules;
  it.each(Object.entries(ours))("%s, made here and out of Keras's config", (name, schedule) => {
    const read = compileOptionsOf({
      loss: "mse",
      optimizer: { class_name: "SGD", config: { learning_rate: configs[name] } },
    })?.optimizer;
    if (typeof read !== "object") throw new Error("an optimizer was expected");
    steps.forEach((step, i) => {
      expect(schedule(step)).toBeCloseTo(rates[name]![i]!, 7);
      expect(read.schedule?.(step)).toBe(schedule(step));
    });
  });
});

describe("compile configs", () => {
  it("are read as Keras writes them", () => {
    const options = compileOptionsOf({
      optimizer: {
        class_name: "AdamW",
        config: { learning_rate: 0.5, beta_1: 0.8, epsilon: 1e-3, clipnorm: 2, weight_decay: 0.1 },
      },
      loss: { class_name: "CategoricalCrossentropy", config: { from_logits: true, label_smoothing: 0.1 } },
      metrics: ["accuracy", { class_name: "TopKCategoricalAccuracy", config: { k: 3, name: "top3" } }, "mse"],
    });
    expect(options).toEqual({
      optimizer: {
        spec: { kind: "adam", learningRate: 0.5, beta1: 0.8, epsilon: 1e-3, clipNorm: 2, weightDecay: 0.1 },
        schedule: null,
      },
      loss: { kind: "categoricalCrossentropy", fromLogits: true, labelSmoothing: 0.1 },
      metrics: ["accuracy", { kind: "topKCategoricalAccuracy", k: 3, name: "top3" }, "meanSquaredError"],
    });
  });

  it.each([null, undefined, 3, {}, { loss: null }])("without a loss are none: %j", (json) => {
    expect(compileOptionsOf(json)).toBeNull();
  });

  it.each<[unknown, RegExp]>([
    [{ loss: "hinge" }, /loss "hinge" is not known/],
    [{ loss: "mse", optimizer: "lion" }, /optimizer "lion"/],
    [{ loss: "mse", metrics: ["auc"], optimizer: "sgd" }, /metric "auc"/],
    [{ loss: "mse", optimizer: { class_name: "Adam", config: { amsgrad: true } } }, /amsgrad/],
    [
      {
        loss: "mse",
        optimizer: { class_name: "SGD", config: { learning_rate: { class_name: "Mine", config: {} } } },
      },
      /schedule "Mine"/,
    ],
    [{ loss: 7, optimizer: "sgd" }, /loss should be a name or an object/],
  ])("%j is refused by name", (json, message) => expect(() => compileOptionsOf(json)).toThrow(message));
});
