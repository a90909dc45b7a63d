import { zipSync } from "fflate";
import { expect, test } from "vitest";
import type { ReadError } from "../../../src/errors.ts";
import { snakeCase } from "../../../src/format/keras/store-view.ts";
import { open } from "../../../src/format/open.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import type { Source } from "../../../src/source/source.ts";
import { spawn } from "../../spawn.ts";
import { type H5Spec, writeH5 } from "./write-h5.ts";

const conv = (name: string, filters: number): object => ({
  class_name: "Conv2D",
  config: {
    name,
    filters,
    kernel_size: [3, 3],
    strides: [1, 1],
    padding: "same",
    data_format: "channels_last",
    dilation_rate: [1, 1],
    groups: 1,
    use_bias: true,
  },
});
const plain = (className: string, name: string, config: object = {}): object => ({
  class_name: className,
  config: { name, ...config },
});

/** A `.keras` archive of a Sequential. */
async function archive(
  layers: readonly object[],
  weights: H5Spec | null,
  version = "2.13.1",
  extra: Record<string, Uint8Array> = {},
): Promise<Source> {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const config = {
    class_name: "Sequential",
    config: {
      name: "net",
      layers: [plain("InputLayer", "in", { batch_input_shape: [null, 8, 8, 2] }), ...layers],
    },
  };
  const entries = {
    "metadata.json": text({ keras_version: version }),
    "config.json": text(config),
    ...(weights === null ? {} : { "model.weights.h5": await writeH5(weights) }),
    ...extra,
  };
  return fromBytes(new Uint8Array(zipSync(entries, { level: 0 })), "net.keras");
}

const kernel = (inputs: number, filters: number): readonly number[] => [3, 3, inputs, filters];

test.each([
  ["Conv1D", "conv1d"],
  ["Conv2DTranspose", "conv2d_transpose"],
  ["ConvLSTM2D", "conv_lstm2d"],
  ["SeparableConv2D", "separable_conv2d"],
  ["DepthwiseConv1D", "depthwise_conv1d"],
  ["ReLU", "re_lu"],
  ["PReLU", "p_re_lu"],
  ["TimeDistributed", "time_distributed"],
  ["MaxPooling3D", "max_pooling3d"],
  ["GRUCell", "gru_cell"],
  ["MyHTTPLayer", "my_http_layer"],
  ["My_Layer", "my__layer"],
])("Keras calls the group of a %s %s", (className, group) => {
  expect(snakeCase(className)).toBe(group);
});

test("groups are found by counting classes, weightless layers included", async () => {
  const layers = [
    plain("TimeDistributed", "flat", { layer: plain("Flatten", "f") }),
    plain("TimeDistributed", "each", { layer: conv("c", 4) }),
    conv("a", 4),
    plain("ReLU", "r"),
    conv("b", 5),
  ];
  const model = await open(
    await archive(layers, {
      datasets: {
        "/layers/time_distributed_1/layer/vars/0": kernel(2, 4),
        "/layers/time_distributed_1/layer/vars/1": [4],
        "/layers/conv2d/vars/0": kernel(4, 4),
        "/layers/conv2d/vars/1": [4],
        "/layers/conv2d_1/vars/0": kernel(4, 5),
        "/layers/conv2d_1/vars/1": [5],
      },
    }),
    { spawn },
  );
  expect(model.layers.map(({ name, kernel: { name: stored } }) => [name, stored])).toEqual([
    ["each", "layers/time_distributed_1/layer/vars/0"],
    ["a", "layers/conv2d/vars/0"],
    ["b", "layers/conv2d_1/vars/0"],
  ]);
  await model.close();
});

test("Keras 2.12 counts layers with weights twice", async () => {
  const group = (index: string): Record<string, readonly number[]> => ({
    [`/_layer_checkpoint_dependencies/conv2d${index}/vars/0`]: kernel(2, 2),
    [`/_layer_checkpoint_dependencies/conv2d${index}/vars/1`]: [2],
  });
  const layers = [conv("a", 2), conv("b", 2), conv("c", 2)];
  const model = await open(
    await archive(layers, { datasets: { ...group(""), ...group("_2"), ...group("_4") } }, "2.12.0"),
    { spawn },
  );
  expect(model.layers.map(({ name, kernel: { name: stored } }) => [name, stored.split("/")[1]])).toEqual([
    ["a", "conv2d"],
    ["b", "conv2d_2"],
    ["c", "conv2d_4"],
  ]);
  await model.close();
});

test("the name that newer Keras notes beside a group decides, whatever the count says", async () => {
  const model = await open(
    await archive(
      [conv("first", 4), conv("second", 4)],
      {
        attributes: { "/layers/conv2d/vars": { name: "second" }, "/layers/conv2d_1/vars": { name: "first" } },
        datasets: {
          "/layers/conv2d/vars/0": kernel(4, 4),
          "/layers/conv2d/vars/1": [4],
          "/layers/conv2d_1/vars/0": kernel(2, 4),
          "/layers/conv2d_1/vars/1": [4],
        },
      },
      "3.15.1",
    ),
    { spawn },
  );
  expect(model.layers.map(({ name, kernel: { name: stored } }) => [name, stored])).toEqual([
    ["first", "layers/conv2d_1/vars/0"],
    ["second", "layers/conv2d/vars/0"],
  ]);
  await model.close();
});

test("optimizers, metrics and random generators are no weights; the optimizer's state is counted", async () => {
  const model = await open(
    await archive([conv("a", 4), plain("Dropout", "d", { rate: 0.5 })], {
      datasets: {
        "/layers/conv2d/vars/0": kernel(2, 4),
        "/layers/conv2d/vars/1": [4],
        "/layers/dropout/seed_generator/vars/0": [2],
        "/optimizer/vars/0": [],
        "/optimizer/vars/1": kernel(2, 4),
        "/optimizer/vars/2": [4],
        "/metrics/mean/vars/0": [],
      },
    }),
    { spawn },
  );
  expect(model.tensors.map(({ name }) => name)).toEqual(["layers/conv2d/vars/0", "layers/conv2d/vars/1"]);
  expect(model.parameters.total).toBe(76);
  expect(model.architecture?.optimizerParameters).toBe(77);
  await model.close();
});

test("ten and more layers of one class come in the order in which they were saved", async () => {
  const names = Array.from({ length: 12 }, (_, index) => (index === 0 ? "conv2d" : `conv2d_${index}`));
  const datasets = Object.fromEntries(
    names.flatMap((name) => [
      [`/layers/${name}/vars/0`, kernel(2, 2)],
      [`/layers/${name}/vars/1`, [2]],
    ]),
  );
  const model = await open(fromBytes(await writeH5({ datasets }), "net.weights.h5"), { spawn });
  expect(model.layers.map(({ name }) => name)).toEqual(names);
  expect(model.layers[0]).toMatchObject({ evidence: "name", groups: null, strides: null });
  await model.close();
});

test("weights under names of people are told by their shape, and said to be", async () => {
  const model = await open(
    fromBytes(
      await writeH5({
        datasets: {
          "/stem/vars/0": [5, 5, 3, 8],
          "/stem/vars/1": [8],
          "/mixer/vars/0": [3, 3, 8, 2],
          "/mixer/vars/1": [1, 1, 16, 4],
          "/mixer/vars/2": [4],
          "/head/vars/0": [4, 10],
        },
      }),
      "net.weights.h5",
    ),
    { spawn },
  );
  expect(
    model.layers.map(({ name, kind, evidence, bias }) => [name, kind, evidence, bias?.name ?? null]),
  ).toEqual([
    ["stem", "conv", "shape", "stem/vars/1"],
    ["mixer/depthwise_kernel", "depthwise", "shape", null],
    ["mixer/pointwise_kernel", "conv", "shape", "mixer/vars/2"],
  ]);
  await model.close();
});

test("a kernel of another size than the config's is left out with the reason", async () => {
  const model = await open(
    await archive([conv("a", 4)], {
      datasets: { "/layers/conv2d/vars/0": [5, 5, 2, 4], "/layers/conv2d/vars/1": [4] },
    }),
    { spawn },
  );
  expect(model.layers).toEqual([]);
  expect(model.rejected.map(({ reason }) => reason)).toEqual([expect.stringContaining("3×3")]);
  await model.close();
});

test.each([
  ["weights as pickled arrays", null, { "model.weights.npz": new Uint8Array(4) }, "unsupported", "npz"],
  ["no weights at all", null, {}, "malformed", "no weights"],
  [
    "a map to a missing shard",
    null,
    { "model.weights.json": new TextEncoder().encode('{"weight_map":{"/a/vars":"m_00000.weights.h5"}}') },
    "missing-sibling",
    "m_00000",
  ],
])("an archive with %s is refused in words", async (_, weights, extra, code, word) => {
  const failure = await open(await archive([conv("a", 4)], weights, "3.0.0", extra), { spawn }).catch(
    (error: unknown) => error as ReadError,
  );
  expect(failure).toMatchObject({ name: "ReadError", code, message: expect.stringContaining(word) });
});

test.each(["../up.weights.h5", "/etc/x.weights.h5", "a/b.weights.h5", "", 7, null])(
  "a weight map may not name %j",
  async (name) => {
    const text = JSON.stringify({ metadata: {}, weight_map: { "/a/vars": name, note: "x.weights.h5" } });
    const source: Source = {
      ...fromBytes(new TextEncoder().encode(text), "net.weights.json"),
      sibling: async () => null,
    };
    await expect(open(source, { spawn })).rejects.toMatchObject({ code: "refused" });
  },
);
