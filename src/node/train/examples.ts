import { type KerasJson, layers, sequential } from "../../train/index.ts";
import type { DataSettings } from "./data-settings.ts";
import type { RunSettings } from "./run-settings.ts";

/** A network with its data and settings, ready to be trained by `train --example`. */
export interface Example {
  readonly name: string;
  /** One line for help. */
  readonly about: string;
  readonly spec: () => KerasJson;
  readonly data: DataSettings;
  readonly settings: Pick<RunSettings, "epochs" | "batchSize" | "validationSplit" | "keras">;
  readonly optimizer: string;
  readonly learningRate: number;
}

/** The network with three Conv3D that the project began with: 629,511 parameters, layers named as there. */
function seedSpec(): KerasJson {
  const conv = (name: string, filters: number, rest: object = {}) =>
    layers.conv3d({ name, filters, kernelSize: 3, padding: "same", ...rest });
  const relu = (name: string) => layers.activation("relu", { name });
  return sequential(
    [
      conv("conv3d_10", 2, { strides: 4, inputShape: [224, 224, 3, 1] }),
      relu("activation_16"),
      conv("conv3d_11", 4),
      relu("activation_17"),
      conv("conv3d_12", 2),
      relu("activation_18"),
      layers.flatten({ name: "flatten_6" }),
      layers.dense({ name: "dense_12", units: 100 }),
      relu("activation_19"),
      layers.dense({ name: "dense_13", units: 17 }),
      layers.activation("softmax", { name: "activation_20" }),
    ],
    { name: "sequential_6" },
  ).json;
}

/** One layer of twelve 3x3x3 kernels that learn to see motion. */
function movingDigitsSpec(): KerasJson {
  return sequential(
    [
      layers.conv3d({
        name: "motion",
        filters: 12,
        kernelSize: 3,
        activation: "relu",
        inputShape: [6, 16, 16, 1],
      }),
      layers.globalAveragePooling3d({ name: "average" }),
      layers.dense({ name: "direction", units: 8, activation: "softmax" }),
    ],
    { name: "moving_digits" },
  ).json;
}

/** Every example that `train --example` knows. */
export const examples: readonly Example[] = [
  {
    name: "seed",
    about: "three Conv3D on 1,360 drawn flowers of 17 kinds, 4 epochs",
    spec: seedSpec,
    data: { kind: "procedural-flowers", count: 1360, side: 224, seed: 0 },
    settings: { epochs: 4, batchSize: 64, validationSplit: 0.2, keras: "2.2" },
    optimizer: "Adam",
    learningRate: 0.001,
  },
  {
    name: "moving-digits",
    about: "twelve 3x3x3 kernels learn in which of 8 directions a digit drifts, 440 parameters",
    spec: movingDigitsSpec,
    data: { kind: "moving-digits", count: 2048, seed: 0 },
    settings: { epochs: 6, batchSize: 32, validationSplit: 0.1, keras: "3" },
    optimizer: "Adam",
    learningRate: 0.01,
  },
];
