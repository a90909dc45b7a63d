import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunSettings } from "kernelscope/node/train";
import { type KerasJson, layers, sequential } from "kernelscope/train";

/** A network that has everything that a checkpoint must keep: moments, moving statistics, dropout, shuffled samples. */
export const SMALL_SPEC: KerasJson = sequential([
  layers.conv3d({ filters: 2, kernelSize: 3, strides: 2, inputShape: [6, 16, 16, 1] }),
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

/** Names of all files below a folder, with forward slashes, in order. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}

/** One hash over the names and bytes of all files below a folder; `except` are left out. */
export function hashOf(folder: string, except: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const name of filesBelow(folder)) {
    if (!except.includes(name)) hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}
