import { expect, test } from "vitest";
import { open } from "../../../src/format/open.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import { spawn } from "../../spawn.ts";
import { type H5Spec, writeH5 } from "./write-h5.ts";

async function modelOf(spec: H5Spec, axisOrder?: string) {
  return open(fromBytes(await writeH5(spec), "model.h5"), { spawn, axisOrder });
}

/** A Sequential of some layers as `model_config` text. */
function sequential(layers: readonly object[]): string {
  return JSON.stringify({ class_name: "Sequential", config: { name: "sequential", layers } });
}

function conv(name: string, filters: number, options: object = {}): object {
  return {
    class_name: "Conv2D",
    config: {
      name,
      trainable: true,
      dtype: "float32",
      filters,
      kernel_size: [3, 3],
      strides: [1, 1],
      padding: "same",
      data_format: "channels_last",
      dilation_rate: [1, 1],
      use_bias: true,
      ...options,
    },
  };
}

const input = { class_name: "InputLayer", config: { name: "in", batch_input_shape: [null, 8, 8, 2] } };

test("layers keep the model's order, not the file's, and get their geometry from the config", async () => {
  const model = await modelOf({
    attributes: {
      "/": {
        model_config: sequential([
          input,
          conv("zebra", 4, { strides: [2, 1], dilation_rate: 1 }),
          conv("ant", 5, { padding: "valid" }),
        ]),
        keras_version: "2.2.5",
        backend: "tensorflow",
      },
      "/model_weights": { layer_names: ["zebra", "ant"], keras_version: "2.2.5" },
      "/model_weights/zebra": { weight_names: ["zebra/kernel:0", "zebra/bias:0"] },
      "/model_weights/ant": { weight_names: ["ant/kernel:0", "ant/bias:0"] },
    },
    datasets: {
      "/model_weights/ant/ant/kernel:0": [3, 3, 4, 5],
      "/model_weights/ant/ant/bias:0": [5],
      "/model_weights/zebra/zebra/kernel:0": [3, 3, 2, 4],
      "/model_weights/zebra/zebra/bias:0": [4],
    },
  });
  expect(model.producer).toBe("keras 2.2.5");
  expect(model.layers.map(({ index, name }) => [index, name])).toEqual([
    [0, "zebra"],
    [1, "ant"],
  ]);
  expect(model.layers[0]).toMatchObject({
    strides: [2, 1],
    dilation: [1, 1],
    padding: "same",
    groups: 1,
    evidence: "config",
    inputExtents: [8, 8],
  });
  expect(model.layers[1]).toMatchObject({ padding: "valid", inputExtents: [4, 8] });
  expect(model.tensors.map(({ name }) => name)).toEqual([
    "zebra/kernel",
    "zebra/bias",
    "ant/kernel",
    "ant/bias",
  ]);
  expect(model.parameters).toEqual({ total: 72 + 4 + 180 + 5, trainable: 261, nonTrainable: 0 });
  await model.close();
});

test("lists of names that were cut at 64 kB are put together again", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const model = await modelOf({
    attributes: {
      "/": { layer_names0: names.slice(0, 2), layer_names1: names.slice(2, 4), layer_names2: names.slice(4) },
      ...Object.fromEntries(
        names.map((name) => [
          `/${name}`,
          { weight_names0: [`${name}/kernel:0`], weight_names1: [`${name}/bias:0`] },
        ]),
      ),
    },
    datasets: Object.fromEntries(
      names.flatMap((name) => [
        [`/${name}/${name}/kernel:0`, [3, 3, 2, 4]],
        [`/${name}/${name}/bias:0`, [4]],
      ]),
    ),
  });
  expect(model.layers.map(({ name, bias }) => [name, bias?.name])).toEqual(
    names.map((name) => [name, `${name}/bias`]),
  );
  await model.close();
});

test("weights that TensorFlow 1 counted find their layers in a nested model", async () => {
  const nested = {
    class_name: "Sequential",
    config: { name: "inner", layers: [input, conv("first", 4), conv("second", 4)] },
  };
  const model = await modelOf({
    attributes: {
      "/": { model_config: sequential([nested]), keras_version: "2.2.4" },
      "/model_weights": { layer_names: ["inner"] },
      "/model_weights/inner": {
        weight_names: ["first_1/kernel:0", "first_1/bias:0", "second_1/kernel_1:0", "second_1/bias:0"],
      },
    },
    datasets: {
      "/model_weights/inner/first_1/kernel:0": [3, 3, 2, 4],
      "/model_weights/inner/first_1/bias:0": [4],
      "/model_weights/inner/second_1/kernel_1:0": [3, 3, 4, 4],
      "/model_weights/inner/second_1/bias:0": [4],
    },
  });
  expect(model.layers.map(({ name, kernel, bias }) => [name, kernel.name, bias?.name])).toEqual([
    ["inner/first", "first_1/kernel", "first_1/bias"],
    ["inner/second", "second_1/kernel_1", "second_1/bias"],
  ]);
  await model.close();
});

test("a convolution of the config without weights in the file is said, not invented", async () => {
  const model = await modelOf({
    attributes: {
      "/": { model_config: sequential([input, conv("there", 4), conv("gone", 4)]) },
      "/model_weights": { layer_names: ["there", "gone"] },
      "/model_weights/there": { weight_names: ["there/kernel:0", "there/bias:0"] },
      "/model_weights/gone": { weight_names: [] },
    },
    datasets: {
      "/model_weights/there/there/kernel:0": [3, 3, 2, 4],
      "/model_weights/there/there/bias:0": [4],
    },
  });
  expect(model.layers.map(({ name }) => name)).toEqual(["there"]);
  expect(model.notes.join(" ")).toContain("gone");
  await model.close();
});

test("weights that the file names but does not hold are said", async () => {
  const model = await modelOf({
    attributes: { "/": { layer_names: ["a"] }, "/a": { weight_names: ["a/kernel:0", "a/bias:0"] } },
    datasets: { "/a/a/kernel:0": [3, 3, 2, 4] },
  });
  expect(model.notes.join(" ")).toContain("a/bias:0");
  expect(model.layers[0]?.bias).toBeNull();
  await model.close();
});

test("weights alone: what only a config says stays unknown", async () => {
  const model = await modelOf({
    attributes: {
      "/": { layer_names: ["up", "dense", "gate"] },
      "/up": { weight_names: ["up/kernel:0", "up/bias:0"] },
      "/dense": { weight_names: ["dense/kernel:0"] },
      "/gate": { weight_names: ["gate/kernel:0", "gate/recurrent_kernel:0", "gate/bias:0"] },
    },
    datasets: {
      "/up/up/kernel:0": [3, 3, 6, 4],
      "/up/up/bias:0": [6],
      "/dense/dense/kernel:0": [10, 4],
      "/gate/gate/kernel:0": [3, 3, 2, 16],
      "/gate/gate/recurrent_kernel:0": [3, 3, 4, 16],
      "/gate/gate/bias:0": [16],
    },
  });
  expect(model.layers.map(({ name, kind }) => [name, kind])).toEqual([
    ["up", "transposed"],
    ["gate/kernel", "conv"],
    ["gate/recurrent_kernel", "conv"],
  ]);
  for (const layer of model.layers)
    expect(layer).toMatchObject({
      evidence: "name",
      strides: null,
      padding: null,
      dilation: null,
      inputExtents: null,
    });
  expect(model.parameters).toMatchObject({ trainable: null, nonTrainable: null });
  expect(model.architecture).toBeNull();
  await model.close();
});

test("datasets of somebody else are tensors by their paths", async () => {
  const model = await modelOf({
    datasets: { "/net/conv1/weight": [8, 3, 3, 3], "/net/fc/weight": [10, 20] },
  });
  expect(model.tensors.map(({ name }) => name)).toEqual(["net/conv1/weight", "net/fc/weight"]);
  expect(model.layers).toMatchObject([{ name: "net/conv1", axisOrder: "OIHW", evidence: "name" }]);
  expect(model.notes[0]).toContain("not laid out by Keras");
  await model.close();
});

test("an axis order that the user states is used where the file says nothing", async () => {
  const spec: H5Spec = { datasets: { "/data": [4, 5, 6, 7] } };
  const model = await modelOf(spec, "OHWI");
  expect(model.layers).toMatchObject([{ axisOrder: "OHWI", shape: [4, 7, 1, 5, 6] }]);
  await model.close();
});

test("a config that is no JSON is one clear error", async () => {
  const spec: H5Spec = {
    attributes: { "/": { model_config: "{" }, "/model_weights": { layer_names: ["a"] } },
    datasets: { "/model_weights/a/k": [1] },
  };
  await expect(modelOf(spec)).rejects.toMatchObject({
    code: "malformed",
    file: "model.h5",
    message: expect.stringContaining("model_config"),
  });
});
