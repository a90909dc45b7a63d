import type { RunSettings } from "kernelscope/node/train";
import { type KerasJson, layers, sequential } from "kernelscope/train";

/**
 * A network that has everything that a checkpoint must keep: moments, moving statistics, dropout, shuffled samples; its
 * second convolution is wide enough for Winograd's scheme.
 */
export const SMALL_SPEC: KerasJson = sequential([
  layers.conv3d({ filters: 8, kernelSize: 3, strides: 2, inputShape: [6, 16, 16, 1] }),
  layers.conv3d({ filters: 9, kernelSize: 3, padding: "same" }),
  layers.batchNormalization(),
  layers.activation("relu"),
  layers.dropout(0.25),
  layers.globalAveragePooling3d(),
  layers.dense({ units: 8, activation: "softmax" }),
]).json;

/** What watches a run that may end early: everything that it remembers must be in a checkpoint. */
export const WATCHED: Pick<RunSettings, "earlyStopping" | "reduceOnPlateau"> = {
  earlyStopping: { monitor: "val_loss", patience: 3, minDelta: 0.002, restoreBestWeights: true },
  reduceOnPlateau: { monitor: "val_loss", patience: 1, factor: 0.5, minLearningRate: 1e-4, cooldown: 1 },
};

/** A run of that network that takes a fraction of a second. */
export function smallSettings(seed: number, epochs: number): RunSettings {
  return {
    version: 1,
    data: { kind: "moving-digits", count: 48, seed: 0 },
    seed,
    epochs,
    batchSize: 16,
    validationSplit: 0.25,
    shuffle: true,
    compile: {
      optimizer: { class_name: "Adam", config: { learning_rate: 0.01 } },
      loss: "categorical_crossentropy",
      metrics: ["accuracy"],
    },
    keras: "3",
  };
}
