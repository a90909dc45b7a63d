import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isReadError } from "../../../src/errors.ts";
import { open } from "../../../src/format/open.ts";
import { readKernel } from "../../../src/kernel/read-kernel.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import {
  adam,
  compileOptionsOf,
  encodeCheckpoint,
  layers,
  loadKeras,
  type Network,
  Random,
  readCheckpoint,
  saveKeras,
  sequential,
  toCategorical,
} from "../../../src/train/index.ts";
import { spawn } from "../../spawn.ts";
import { fixture, keras, samples } from "../fixtures.ts";

const random = new Random(9);
const x = { data: Float32Array.from({ length: 40 * 32 }, () => random.next()), shape: [40, 4, 4, 2] };
const y = toCategorical(
  Uint8Array.from({ length: 40 }, (_, i) => (x.data[i * 32]! > 0.5 ? 1 : 0)),
  2,
);

function small(seed = 1): Network {
  const network = sequential(
    [
      layers.conv2d({
        filters: 3,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
        inputShape: [4, 4, 2],
      }),
      layers.batchNormalization(),
      layers.dropout(0.3),
      layers.depthwiseConv2d({ kernelSize: 3 }),
      layers.flatten(),
      layers.dense({ units: 2, activation: "softmax" }),
    ],
    { seed },
  );
  network.compile({
    optimizer: adam({ learningRate: 0.01 }),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  return network;
}

const options = { batchSize: 8, validationSplit: 0.2, seed: 3 } as const;
const stateOf = async (network: Network) =>
  (await network.engine({ dtype: "float32", batchSize: 8 })).state();

async function code(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => "nothing was thrown",
    (thrown: unknown) => thrown,
  );
  return isReadError(error) ? error.code : String(error);
}

describe("a file of real Keras", () => {
  it("evaluates and predicts here as there, and trains on", async () => {
    const network = await loadKeras(fromBytes(fixture("saved.keras"), "saved.keras"), { spawn });
    const compile = compileOptionsOf(network.json.compile_config);
    expect(compile?.metrics).toEqual(["accuracy"]);
    network.compile(compile!);
    const { loss, accuracy } = await network.evaluate(samples.inputs, samples.targets);
    expect(loss).toBeCloseTo(keras.fit.saved.loss, 6);
    expect(accuracy).toBeCloseTo(keras.fit.saved.accuracy, 6);
    const { data } = await network.predict(samples.inputs);
    for (const [i, value] of keras.fit.saved.predictions.entries()) expect(data[i]).toBeCloseTo(value, 5);
    const { history } = await network.fit(samples.inputs, samples.targets, { epochs: 3, batchSize: 9 });
    expect(history.loss!.at(-1)).toBeLessThan(loss!);
    network.close();
  });
});

describe("saveKeras", () => {
  it("gives weights, config and compile config back, and the same bytes for the same network", async () => {
    const network = small();
    await network.fit(x, y, { ...options, epochs: 1 });
    const date = new Date(Date.UTC(2020, 1, 3, 4, 5, 6));
    const state = await stateOf(network);
    const bytes = await saveKeras(network, state, date);
    const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
    expect(hash(await saveKeras(network, state, date))).toBe(hash(bytes));
    const read = await loadKeras(fromBytes(bytes, "n.keras"), { spawn });
    expect(read.getWeights()).toEqual(network.getWeights());
    expect(compileOptionsOf(read.json.compile_config)).toMatchObject({
      optimizer: { spec: { kind: "adam", learningRate: 0.01 } },
      loss: { kind: "categoricalCrossentropy" },
      metrics: ["accuracy"],
    });
    network.close();
  });

  it("gives a file whose kernels are the network's own, and so does toModel", async () => {
    const network = small();
    const opened = await open(fromBytes(await saveKeras(network), "n.keras"), { spawn });
    const direct = network.toModel();
    expect(direct.layers.map(({ name, kind, shape }) => ({ name, kind, shape }))).toEqual(
      opened.layers.map(({ name, kind, shape }) => ({ name, kind, shape })),
    );
    expect(direct.architecture?.layers).toEqual(opened.architecture?.layers);
    expect(direct.parameters).toEqual(opened.parameters);
    for (const [i, layer] of direct.layers.entries()) {
      expect((await readKernel(layer)).weights).toEqual((await readKernel(opened.layers[i]!)).weights);
    }
    await opened.close();
  });
});

describe("checkpoints", () => {
  it("let training go on with the same bytes as if it had never stopped", async () => {
    const straight = small();
    const { history } = await straight.fit(x, y, { ...options, epochs: 4 });
    const first = small();
    await first.fit(x, y, { ...options, epochs: 2 });
    const bytes = encodeCheckpoint(first, {
      epoch: 2,
      weights: first.getWeights(),
      state: await stateOf(first),
    });
    first.close();

    const second = small(77);
    const checkpoint = await readCheckpoint(second, fromBytes(bytes, "c.safetensors"));
    expect(checkpoint.epoch).toBe(2);
    second.setWeights(checkpoint.weights);
    // The dropout masks are the run's: the network must be made with its seed.
    const third = small();
    third.setWeights(checkpoint.weights);
    (await third.engine({ dtype: "float32", batchSize: 8 })).restore(checkpoint.state);
    const rest = await third.fit(x, y, { ...options, epochs: 4, initialEpoch: checkpoint.epoch });
    expect(third.getWeights()).toEqual(straight.getWeights());
    expect(rest.history.loss).toEqual(history.loss!.slice(2));
    expect(
      encodeCheckpoint(third, { epoch: 4, weights: third.getWeights(), state: await stateOf(third) }),
    ).toEqual(
      encodeCheckpoint(straight, {
        epoch: 4,
        weights: straight.getWeights(),
        state: await stateOf(straight),
      }),
    );
    for (const network of [straight, second, third]) network.close();
  });

  it("without the optimizer's state do not: what is kept is needed", async () => {
    const straight = small();
    await straight.fit(x, y, { ...options, epochs: 2 });
    const first = small();
    await first.fit(x, y, { ...options, epochs: 1 });
    const second = small();
    second.setWeights(first.getWeights());
    await second.fit(x, y, { ...options, epochs: 2, initialEpoch: 1 });
    expect(second.getWeights()).not.toEqual(straight.getWeights());
    for (const network of [straight, first, second]) network.close();
  });

  it("of other networks and files that are none are refused", async () => {
    const network = small();
    const bytes = encodeCheckpoint(network, {
      epoch: 1,
      weights: network.getWeights(),
      state: await stateOf(network),
    });
    const other = sequential([layers.dense({ units: 2, inputShape: [3] })]);
    const read = (data: Uint8Array<ArrayBuffer>, into: Network = network) =>
      code(readCheckpoint(into, fromBytes(data, "c")));
    expect(await read(bytes)).toBe("nothing was thrown");
    expect(await read(bytes, other)).toBe("malformed");
    for (const length of [0, 7, 8, 9, 100, bytes.length - 1])
      expect(await read(bytes.slice(0, length)), `${length}`).toMatch(/^(malformed|truncated|unsupported)$/);
    expect(await read(new Uint8Array(1000).fill(255))).toBe("malformed");
    network.close();
  });
});
