import { describe, expect, it } from "vitest";
import { isReadError } from "../../src/errors.ts";
import { input, type Layer, layers, model, networkFromJson, sequential } from "../../src/train/index.ts";

function refused(make: () => unknown, code: string, message: RegExp): void {
  let error: unknown;
  try {
    make();
  } catch (thrown) {
    error = thrown;
  }
  expect(isReadError(error), String(error)).toBe(true);
  expect((error as { code: string }).code).toBe(code);
  expect((error as Error).message).toMatch(message);
}

const chain =
  (...rest: Layer[]) =>
  () =>
    sequential([input({ shape: [8, 8, 3] }), ...rest]);

describe("wrong networks are refused by a sentence that names the layer", () => {
  it.each<[string, () => unknown, string, RegExp]>([
    ["nothing", () => sequential([]), "bad-option", /at least one layer/],
    ["no input shape", () => sequential([layers.flatten()]), "bad-option", /Flatten.*inputShape/],
    [
      "two layers of one name",
      chain(layers.flatten({ name: "a" }), layers.dense({ units: 1, name: "a" })),
      "bad-option",
      /Two layers are named "a"/,
    ],
    [
      "a kernel that does not fit",
      chain(layers.conv2d({ filters: 2, kernelSize: 9, name: "big" })),
      "bad-option",
      /"big"/,
    ],
    [
      "a rank that does not fit",
      chain(layers.conv3d({ filters: 2, kernelSize: 3, name: "deep" })),
      "bad-option",
      /"deep".*4 axes.*\(8, 8, 3\)/,
    ],
    [
      "groups that do not divide",
      chain(layers.conv2d({ filters: 4, kernelSize: 3, groups: 2, name: "g" })),
      "bad-option",
      /"g"/,
    ],
    [
      "pooling of another rank",
      chain(layers.maxPooling1d({ name: "p" })),
      "bad-option",
      /"p" \(MaxPooling1D\).*2 axes.*\(8, 8, 3\)/,
    ],
    [
      "no whole number of filters",
      chain(layers.conv2d({ filters: 1.5, kernelSize: 3, name: "f" })),
      "bad-option",
      /"f"/,
    ],
    [
      "an unknown activation",
      chain(layers.activation("mish" as never, { name: "m" })),
      "unsupported",
      /"m".*"mish".*relu/,
    ],
    [
      "an unknown initializer",
      chain(
        layers.conv2d({
          filters: 2,
          kernelSize: 3,
          kernelInitializer: { class_name: "Orthogonal", config: {} },
        }),
      ),
      "unsupported",
      /Orthogonal/,
    ],
  ])("%s", (_, make, code, message) => refused(make, code, message));

  it("inputs of different shapes", () => {
    const a = input({ shape: [4] });
    const b = layers.dense({ units: 3 }).apply(a);
    refused(
      () => model({ inputs: a, outputs: layers.add({ name: "sum" }).apply(a, b) }),
      "bad-option",
      /"sum" \(Add\).*\(4\) and \(3\)/,
    );
  });

  it("a layer that is used twice", () => {
    const a = input({ shape: [4] });
    const shared = layers.dense({ units: 4 });
    refused(
      () => model({ inputs: a, outputs: layers.add().apply(shared.apply(a), shared.apply(a)) }),
      "bad-option",
      /more than once/,
    );
  });

  it("a class that cannot be trained here", () => {
    const json = {
      class_name: "Sequential",
      config: {
        name: "s",
        layers: [
          { class_name: "InputLayer", config: { batch_shape: [null, 7], name: "i" } },
          { class_name: "Embedding", config: { input_dim: 3, output_dim: 4, name: "words" } },
        ],
      },
    };
    refused(() => networkFromJson(json), "unsupported", /"words" is a Embedding.*Keras/);
  });

  it.each([
    null,
    3,
    "text",
    [],
    {},
    { class_name: "Sequential" },
    { class_name: 5, config: {} },
    { class_name: "Sequential", config: { layers: 7 } },
  ])("JSON that is no network: %j", (json) => {
    let error: unknown;
    try {
      networkFromJson(json as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(isReadError(error), String(error)).toBe(true);
  });
});

describe("arrays that do not fit are refused by a sentence that names the layer", () => {
  const network = sequential([
    layers.dense({ units: 3, activation: "softmax", inputShape: [4], name: "first" }),
  ]);
  const rows = (count: number, size: number) => ({
    data: new Float32Array(count * size),
    shape: [count, size],
  });

  it("before compile", async () => {
    await expect(network.fit(rows(2, 4), rows(2, 3))).rejects.toThrow(/not compiled/);
    await expect(network.evaluate(rows(2, 4), rows(2, 3))).rejects.toThrow(/not compiled/);
  });

  it("inputs, targets, counts, options", async () => {
    network.compile({ loss: "categoricalCrossentropy" });
    await expect(network.fit(rows(2, 5), rows(2, 3))).rejects.toThrow(
      /"first" \(Dense\).*expected samples of shape \(4,\), found \(5,\)/,
    );
    await expect(network.fit(rows(2, 4), rows(3, 3))).rejects.toThrow(/2 inputs but 3 targets/);
    await expect(network.fit(rows(2, 4), rows(2, 2))).rejects.toThrow(
      /shape \(3,\) per sample, but the targets have \(2,\)/,
    );
    await expect(network.fit(rows(2, 4), { data: new Float32Array(2), shape: [2] })).rejects.toThrow(
      /toCategorical/,
    );
    await expect(network.fit(rows(0, 4), rows(0, 3))).rejects.toThrow(/no samples/);
    await expect(network.fit(rows(2, 4), rows(2, 3), { batchSize: 0 })).rejects.toThrow(/batch size is 0/);
    await expect(network.fit(rows(2, 4), rows(2, 3), { validationSplit: 1 })).rejects.toThrow(
      /validationSplit is 1/,
    );
    await expect(network.fit(rows(2, 4), rows(2, 3), { sampleWeight: [1] })).rejects.toThrow(
      /2 samples but 1 sample weights/,
    );
    await expect(network.predict(rows(2, 5))).rejects.toThrow(/expected samples of shape \(4,\)/);
    network.close();
  });

  it("learning rates", () => {
    expect(() =>
      network.compile({
        loss: "huber",
        optimizer: { spec: { kind: "adam", learningRate: -1 }, schedule: null },
      }),
    ).toThrow(/learning rate is -1/);
  });
});
