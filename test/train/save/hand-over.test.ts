import { describe, expect, it } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { open } from "../../../src/format/open.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import {
  continuationOf,
  kerasScript,
  layers,
  type NdArray,
  type Network,
  Random,
  readArrays,
  saveKerasH5,
  saveOnnx,
  saveTorchWeights,
  sequential,
  toCategorical,
  torchModel,
  torchScript,
  writeNpz,
} from "../../../src/train/index.ts";
import { keras2Json } from "../../../src/train/save/keras-2-json.ts";
import { pythonNames } from "../../../src/train/save/python.ts";
import { spawn } from "../../spawn.ts";

function small(activation: "relu" | "hardSigmoid" = "relu"): Network {
  const network = sequential(
    [
      layers.conv3d({
        name: "first conv",
        filters: 3,
        kernelSize: [1, 2, 3],
        strides: 2,
        padding: "same",
        inputShape: [2, 4, 6, 2],
      }),
      layers.activation(activation === "relu" ? "relu" : ("hard_sigmoid" as never), { name: "act" }),
      layers.flatten(),
      layers.dense({ name: "class", units: 2, activation: "softmax" }),
    ],
    { name: "small", seed: 4 },
  );
  network.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  return network;
}

const random = new Random(1);
const x = { data: Float32Array.from({ length: 10 * 96 }, () => random.next()), shape: [10, 2, 4, 6, 2] };
const y = toCategorical(
  Array.from({ length: 10 }, (_, i) => i % 2),
  2,
);

async function arraysOf(bytes: Uint8Array<ArrayBuffer>, name: string) {
  const model = await open(fromBytes(bytes, name), { spawn });
  const arrays = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const tensor of model.tensors) {
    const raw = await tensor.readBytes({ budget: createBudget() });
    arrays.set(tensor.name, { shape: tensor.shape, data: new Float32Array(raw.slice().buffer) });
  }
  return { model, arrays };
}

describe("weights for PyTorch", () => {
  it("have output channels first, and modules as keys", async () => {
    const network = small();
    const [kernel, bias, dense] = network.getWeights() as [Float32Array, Float32Array, Float32Array];
    const { arrays } = await arraysOf(saveTorchWeights(network), "model.safetensors");
    expect([...arrays.keys()].sort()).toEqual([
      "class_.bias",
      "class_.weight",
      "first_conv.bias",
      "first_conv.weight",
    ]);
    const conv = arrays.get("first_conv.weight")!;
    expect(conv.shape).toEqual([3, 2, 1, 2, 3]);
    // out 2, in 1, depth 0, height 1, width 2: Keras has [depth, height, width, in, out].
    expect(conv.data[(((2 * 2 + 1) * 1 + 0) * 2 + 1) * 3 + 2]).toBe(kernel[((1 * 3 + 2) * 2 + 1) * 3 + 2]);
    expect(arrays.get("first_conv.bias")!.data).toEqual(bias);
    const linear = arrays.get("class_.weight")!;
    expect(linear.shape).toEqual([2, 18]);
    expect(linear.data[1 * 18 + 5]).toBe(dense[5 * 2 + 1]);
  });

  it("come with a module that pads as TensorFlow and flattens channels last", () => {
    const text = torchModel(small());
    // Depth 2, stride 2, kernel 1: nothing. Height 4, kernel 2: nothing. Width 6, kernel 3: one zero, at the end.
    expect(text).toContain("self.first_conv = nn.Conv3d(2, 3, (1, 2, 3), stride=(2, 2, 2))");
    const lines = text.slice(text.indexOf("def forward")).split("\n").slice(2, 10);
    expect(lines.map((line) => line.trim())).toEqual([
      "x = x.movedim(-1, 1)",
      "x = F.pad(x, (0, 1, 0, 0, 0, 0))",
      "x = self.first_conv(x)",
      "x = F.relu(x)",
      "x = x.movedim(1, -1)",
      "x = x.flatten(1)",
      "x = self.class_(x)",
      "if logits:",
    ]);
  });

  it("have names that Python and nn.Module leave free", () => {
    expect([...pythonNames(["a/b", "a b", "train", "1st", "lambda", "é"]).values()]).toEqual([
      "a_b",
      "a_b_2",
      "train_",
      "layer_1st",
      "lambda_",
      "layer_",
    ]);
  });
});

describe("Keras 2", () => {
  it("finds its own words and the weights by layer", async () => {
    const network = small();
    const { model, arrays } = await arraysOf(await saveKerasH5(network), "model.h5");
    expect(model.layers.map(({ name }) => name)).toEqual(["first conv"]);
    expect([...arrays.values()].map(({ data }) => data)).toEqual(network.getWeights());
    const text = JSON.stringify(keras2Json(network.json));
    expect(text).toContain('"batch_input_shape":[null,2,4,6,2]');
    for (const word of ["module", "registered_name", "batch_shape"]) expect(text).not.toContain(`"${word}"`);
  });

  it("is not given an activation that it computes otherwise", async () => {
    await expect(saveKerasH5(small("hardSigmoid"))).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("ONNX", () => {
  it("holds the operators with explicit padding, and raw weights", () => {
    const bytes = saveOnnx(small());
    expect([...bytes.subarray(0, 2)]).toEqual([8, 9]);
    const text = new TextDecoder("latin1").decode(bytes);
    for (const op of ["Transpose", "Conv", "Relu", "Reshape", "Gemm", "Softmax"]) expect(text).toContain(op);
    // pads: field 1 "pads", then six ints: no zeros before, one at the end of the width; type INTS.
    const pads = String.fromCharCode(0x0a, 4, ..."pads".split("").map((c) => c.charCodeAt(0)));
    const at = text.indexOf(pads) + pads.length;
    expect([...bytes.subarray(at, at + 15)]).toEqual([
      0x40, 0, 0x40, 0, 0x40, 0, 0x40, 0, 0x40, 0, 0x40, 1, 0xa0, 1, 7,
    ]);
  });
});

describe("scripts", () => {
  it("state the loss of the batch that comes next in our order", async () => {
    const network = small();
    const options = { epoch: 1, epochs: 3, batchSize: 4, seed: 7, shuffle: true, trained: 8 };
    const continuation = await continuationOf(network, x, y, options);
    const order = Int32Array.from({ length: 8 }, (_, i) => i);
    const shuffled = new Random(7);
    shuffled.shuffle(order);
    shuffled.shuffle(order);
    const probabilities = (await network.predict(x)).data;
    const loss = order
      .subarray(0, 4)
      .reduce((sum, row) => sum - Math.log(probabilities[row * 2 + (row % 2)]!), 0);
    expect(continuation.firstLoss).toBeCloseTo(loss / 4, 5);
    for (const script of [kerasScript(network, continuation), torchScript(network, continuation, null)]) {
      expect(script).toContain(`FIRST_LOSS = ${continuation.firstLoss} `);
      for (const line of ["DONE = 1 ", "EPOCHS = 3 ", "BATCH_SIZE = 4\n", "SEED = 7\n", "TRAINED = 8 "])
        expect(script).toContain(line);
    }
    expect(torchScript(network, continuation, null)).toContain("torch.optim.Adam(trained, lr=LEARNING_RATE");
  });

  it("find the same arrays in the .npz, bytes as bytes", async () => {
    const pictures = { data: Uint8Array.from({ length: 12 }, (_, i) => i * 20), shape: [3, 4] };
    const pieces: Uint8Array[] = [];
    for await (const piece of writeNpz(
      new Map<string, NdArray>([
        ["x", pictures],
        ["y", y],
      ]),
    ))
      pieces.push(piece);
    const arrays = await readArrays(fromBytes(new Uint8Array(Buffer.concat(pieces)), "data.npz"));
    expect(arrays.get("x")).toEqual(pictures);
    expect(arrays.get("y")).toEqual({ data: y.data, shape: y.shape });
  });
});
