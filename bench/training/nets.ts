import { type KerasJson, layers, sequential } from "kernelscope/train";

/** A network whose training steps are timed, with the batch that it is fed. */
export interface Net {
  readonly name: string;
  readonly batchSize: number;
  readonly classes: number;
  readonly dtype: "uint8" | "float32";
  readonly spec: KerasJson;
}

/** The seed's network: three Conv3D over pictures, two dense layers, 629,511 weights. */
export function seedSpec(): KerasJson {
  const conv = (filters: number, strides: number, rest: object = {}) =>
    layers.conv3d({ filters, kernelSize: 3, strides, padding: "same", activation: "relu", ...rest });
  return sequential([
    conv(2, 4, { inputShape: [224, 224, 3, 1] }),
    conv(4, 1),
    conv(2, 1),
    layers.flatten(),
    layers.dense({ units: 100, activation: "relu" }),
    layers.dense({ units: 17, activation: "softmax" }),
  ]).json;
}

/** 28 x 28, two-dimensional: 1 to 8 to 16/2 to 32/2 channels, Dense 64, 10 classes. */
function planeSpec(): KerasJson {
  const conv = (filters: number, strides: number, rest: object = {}) =>
    layers.conv2d({ filters, kernelSize: 3, strides, padding: "same", activation: "relu", ...rest });
  return sequential([
    conv(8, 1, { inputShape: [28, 28, 1] }),
    conv(16, 2),
    conv(32, 2),
    layers.flatten(),
    layers.dense({ units: 64, activation: "relu" }),
    layers.dense({ units: 10, activation: "softmax" }),
  ]).json;
}

/** Two Conv3D of stride 1 and a dense layer. */
function volumeSpec(inputShape: readonly number[], filters: readonly number[], classes: number): KerasJson {
  const conv = (count: number, rest: object = {}) =>
    layers.conv3d({ filters: count, kernelSize: 3, padding: "same", activation: "relu", ...rest });
  return sequential([
    conv(filters[0]!, { inputShape }),
    conv(filters[1]!),
    layers.flatten(),
    layers.dense({ units: classes, activation: "softmax" }),
  ]).json;
}

/** 16 x 16 x 16: Conv3D 8, max-pool, Conv3D 16, global average, Dense 8. */
function cubeSpec(): KerasJson {
  const conv = (filters: number, rest: object = {}) =>
    layers.conv3d({ filters, kernelSize: 3, padding: "same", activation: "relu", ...rest });
  return sequential([
    conv(8, { inputShape: [16, 16, 16, 1] }),
    layers.maxPooling3d({ poolSize: 2 }),
    conv(16),
    layers.globalAveragePooling3d(),
    layers.dense({ units: 8, activation: "softmax" }),
  ]).json;
}

/** Every network of the table. */
export function nets(): readonly Net[] {
  return [
    { name: "seed-uint8", batchSize: 64, classes: 17, dtype: "uint8", spec: seedSpec() },
    { name: "seed-float32", batchSize: 64, classes: 17, dtype: "float32", spec: seedSpec() },
    { name: "plane", batchSize: 64, classes: 10, dtype: "float32", spec: planeSpec() },
    {
      name: "motion",
      batchSize: 32,
      classes: 8,
      dtype: "float32",
      spec: volumeSpec([6, 16, 16, 1], [12, 12], 8),
    },
    { name: "cube", batchSize: 32, classes: 8, dtype: "float32", spec: cubeSpec() },
    {
      name: "volume",
      batchSize: 32,
      classes: 10,
      dtype: "float32",
      spec: volumeSpec([8, 16, 16, 4], [16, 32], 10),
    },
  ];
}
