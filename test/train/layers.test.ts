import { describe, expect, it } from "vitest";
import {
  constraints,
  input,
  type Layer,
  layers,
  model,
  networkFromJson,
  regularizers,
  sequential,
} from "../../src/train/index.ts";
import { keras } from "./fixtures.ts";

const ours: Readonly<Record<string, Layer>> = {
  conv1d: layers.conv1d({
    filters: 3,
    kernelSize: 5,
    padding: "causal",
    dilationRate: 2,
    activation: "relu",
  }),
  conv2d: layers.conv2d({
    filters: 8,
    kernelSize: [3, 5],
    strides: 2,
    padding: "same",
    useBias: false,
    kernelInitializer: "heNormal",
  }),
  conv3d: layers.conv3d({
    filters: 2,
    kernelSize: 3,
    strides: 4,
    padding: "same",
    kernelRegularizer: regularizers.l2(0.02),
  }),
  groups: layers.conv2d({
    filters: 8,
    kernelSize: 3,
    groups: 4,
    kernelConstraint: constraints.maxNorm({ maxValue: 3, axis: [0, 1, 2] }),
  }),
  depthwiseConv2d: layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "same" }),
  separableConv2d: layers.separableConv2d({ filters: 6, kernelSize: 3, depthMultiplier: 2 }),
  conv2dTranspose: layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same" }),
  conv3dTranspose: layers.conv3dTranspose({ filters: 4, kernelSize: 2, strides: 2 }),
  dense: layers.dense({ units: 17, activation: "softmax", biasInitializer: "ones" }),
  activation: layers.activation("tanh"),
  dropout: layers.dropout(0.25),
  flatten: layers.flatten(),
  batchNormalization: layers.batchNormalization({ momentum: 0.9 }),
  maxPooling3d: layers.maxPooling3d({ poolSize: 2, strides: 1 }),
  averagePooling2d: layers.averagePooling2d({ poolSize: [2, 3], padding: "same" }),
  globalAveragePooling3d: layers.globalAveragePooling3d(),
  globalMaxPooling2d: layers.globalMaxPooling2d(),
  zeroPadding2d: layers.zeroPadding2d({
    padding: [
      [1, 2],
      [0, 3],
    ],
  }),
  upSampling2d: layers.upSampling2d({ size: 2 }),
  add: layers.add(),
  concatenate: layers.concatenate(),
  reshape: layers.reshape([4, 4]),
};

/** Entries that stand for the same default in both, whatever their form. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, each]) =>
          key !== "dtype" && key !== "name" && key !== "module" && key !== "registered_name" && each !== null,
      )
      .map(([key, each]) => [key, comparable(each)]),
  );
}

describe("layers are what Keras's own say of themselves", () => {
  it("has the same layers in the fixture and here", () => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys(keras.configs).sort());
  });

  it.each(Object.entries(ours))("%s", (name, layer) => {
    const real = keras.configs[name]!;
    expect(layer.className).toBe(real.class_name);
    const [own, theirs] = [comparable(layer.config), comparable(real.config)] as [
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    // What ours leave out is a default of Keras; what they say is what Keras says.
    for (const [key, value] of Object.entries(own)) expect(value, key).toEqual(theirs[key]);
    const missing = Object.keys(theirs).filter((key) => !(key in own));
    expect(missing.filter((key) => !DEFAULTS.has(key))).toEqual([]);
  });
});

/** What Keras writes and takes for granted when it is missing, with the values that it then has. */
const DEFAULTS: ReadonlySet<string> = new Set([
  "axis",
  "synchronized",
  "beta_initializer",
  "gamma_initializer",
  "moving_mean_initializer",
  "moving_variance_initializer",
  "renorm",
  "renorm_clipping",
  "renorm_momentum",
  "groups",
  "interpolation",
  "keepdims",
]);

describe("networks", () => {
  it("built here and read from Keras's own JSON are the same", () => {
    const built = sequential(
      [
        input({ shape: [6, 5, 2], name: "in" }),
        layers.conv2d({ filters: 3, kernelSize: 3, padding: "same", activation: "relu", name: "conv" }),
        layers.batchNormalization({ name: "norm" }),
        layers.maxPooling2d({ poolSize: 2, name: "pool" }),
        layers.flatten({ name: "flatten" }),
        layers.dense({ units: 4, activation: "softmax", name: "dense" }),
      ],
      { name: "small", seed: 3 },
    );
    const read = networkFromJson(keras.fit.json, { seed: 3 });
    const shape = (network: typeof built) =>
      network.layers.map(({ name, className, outputShape, parameters }) => ({
        name,
        className,
        outputShape,
        parameters: parameters.map((each) => [each.name, each.shape, each.trainable]),
      }));
    expect(shape(built)).toEqual(shape(read));
    expect(built.getWeights()).toEqual(read.getWeights());
    expect(built.countParams()).toBe(read.countParams());
    expect(built.summary({ style: "keras2.2" })).toBe(read.summary({ style: "keras2.2" }));
  });

  it("name their layers as Keras does", () => {
    const network = sequential([
      layers.conv3d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 4, 1] }),
      layers.conv3d({ filters: 2, kernelSize: 1 }),
      layers.maxPooling3d(),
      layers.globalAveragePooling3d(),
      layers.dense({ units: 2, name: "last" }),
    ]);
    expect(network.layers.map(({ name }) => name)).toEqual([
      "conv3d",
      "conv3d_1",
      "max_pooling3d",
      "global_average_pooling3d",
      "last",
    ]);
  });

  it("may branch: a small residual network runs and counts its parameters", async () => {
    const x = input({ shape: [8, 8, 3] });
    const a = layers.conv2d({ filters: 4, kernelSize: 3, padding: "same" }).apply(x);
    const b = layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }).apply(a);
    const joined = layers.concatenate().apply(layers.add().apply(a, b), b);
    const y = layers
      .dense({ units: 2, activation: "softmax" })
      .apply(layers.globalAveragePooling2d().apply(joined));
    const network = model({ inputs: x, outputs: y }, { seed: 1 });
    expect(network.countParams()).toBe(3 * 9 * 4 + 4 + 4 * 9 * 4 + 4 + 8 * 2 + 2);
    const out = await network.predict({
      data: new Float32Array(2 * 8 * 8 * 3).fill(0.5),
      shape: [2, 8, 8, 3],
    });
    expect(out.shape).toEqual([2, 2]);
    expect(out.data[0]! + out.data[1]!).toBeCloseTo(1, 6);
    expect(network.summary()).toContain("Connected to");
    network.close();
  });

  it("set and give weights in Keras's order, and refuse others", () => {
    const network = sequential([layers.dense({ units: 2, inputShape: [3] })]);
    network.setWeights([Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(7, 8)]);
    expect(network.getWeights().map((each) => [...each])).toEqual([
      [1, 2, 3, 4, 5, 6],
      [7, 8],
    ]);
    expect(() => network.setWeights([new Float32Array(6)])).toThrow(
      /2 weights \(kernel, bias\), 1 were given/,
    );
    expect(() => network.layers[0]!.setWeights([new Float32Array(5), new Float32Array(2)])).toThrow(
      /Layer "dense": kernel has shape \(3, 2\), 6 numbers; 5 were given/,
    );
  });

  it("depend on their seed alone, each weight on its place", () => {
    const make = (seed: number, units = 4) =>
      sequential([layers.dense({ units: 5, inputShape: [3] }), layers.dense({ units })], {
        seed,
      }).getWeights();
    expect(make(1)).toEqual(make(1));
    expect(make(1)[0]).not.toEqual(make(2)[0]);
    expect(make(1, 9)[0]).toEqual(make(1)[0]);
  });
});
