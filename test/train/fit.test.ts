import { describe, expect, it } from "vitest";
import { isReadError } from "../../src/errors.ts";
import {
  adam,
  type Callback,
  compileOptionsOf,
  layers,
  type Network,
  networkFromJson,
  Random,
  sequential,
  sgd,
  toCategorical,
  validationStart,
} from "../../src/train/index.ts";
import { keras, samples } from "./fixtures.ts";

function small(): Network {
  const network = networkFromJson(keras.fit.json);
  network.setWeights(keras.fit.begin.map((values) => Float32Array.from(values)));
  return network;
}

function largestDifference(
  ours: readonly (readonly number[] | Float32Array)[],
  theirs: readonly (readonly number[])[],
): number {
  return Math.max(...theirs.flatMap((values, i) => values.map((value, j) => Math.abs(value - ours[i]![j]!))));
}

describe("fit trains as Keras's fit on the same weights and samples", () => {
  it.each(keras.fit.cases.map((each) => [each.name, each] as const))("%s", async (_, each) => {
    const network = small();
    network.compile(compileOptionsOf(each.compile)!);
    const { validation_split, class_weight, sample_weight } = each.arguments;
    const { history, epochs } = await network.fit(samples.inputs, samples.targets, {
      batchSize: 8,
      epochs: 3,
      shuffle: false,
      ...(validation_split === undefined ? {} : { validationSplit: validation_split }),
      ...(class_weight === undefined ? {} : { classWeight: class_weight }),
      ...(sample_weight === undefined ? {} : { sampleWeight: keras.fit.sampleWeight }),
    });
    expect(epochs).toEqual([0, 1, 2]);
    expect(Object.keys(history).sort()).toEqual(Object.keys(each.history).sort());
    for (const [name, values] of Object.entries(each.history)) {
      for (const [epoch, value] of values.entries())
        expect(history[name]![epoch], `${name} of epoch ${epoch + 1}`).toBeCloseTo(value, 4);
    }
    expect(largestDifference(network.getWeights(), each.weights)).toBeLessThan(2e-3);
    network.close();
  });
});

/** The rows of each batch, by a network whose loss tells the row: inputs are their own numbers. */
async function ordersOf(
  count: number,
  options: { readonly seed?: number; readonly shuffle?: boolean; readonly initialEpoch?: number },
) {
  const network = sequential([layers.dense({ units: 1, inputShape: [1] })]);
  network.setWeights([Float32Array.of(1), Float32Array.of(0)]);
  network.compile({
    optimizer: sgd({ learningRate: 0 }),
    loss: "meanSquaredError",
    metrics: ["meanAbsoluteError"],
  });
  const seen: number[][] = [];
  let before = 0;
  const watch: Callback = {
    onEpochBegin: () => {
      seen.push([]);
      before = 0;
    },
    onBatchEnd(batch, logs) {
      const sum = logs.mean_absolute_error! * (batch + 1);
      seen.at(-1)!.push(Math.round(sum - before));
      before = sum;
    },
  };
  const data = Float32Array.from({ length: count }, (_, i) => i);
  await network.fit(
    { data, shape: [count, 1] },
    { data: new Float32Array(count), shape: [count, 1] },
    { batchSize: 1, epochs: 3, callbacks: [watch], ...options },
  );
  network.close();
  return seen;
}

describe("the order of samples", () => {
  it.each(["0", "42"])("is NumPy's for seed %s, epoch after epoch", async (seed) => {
    expect(await ordersOf(11, { seed: Number(seed) })).toEqual(keras.orders[seed]);
  });

  it("goes on where a resumed run would be", async () => {
    expect(await ordersOf(11, { seed: 42, initialEpoch: 2 })).toEqual(keras.orders["42"]!.slice(2));
  });

  it("is theirs without shuffling", async () => {
    const plain = Array.from({ length: 11 }, (_, i) => i);
    expect(await ordersOf(11, { shuffle: false })).toEqual([plain, plain, plain]);
  });

  it("takes validation from the end, before shuffling", async () => {
    expect(validationStart(1360, 0.2)).toBe(1088);
    expect(validationStart(27, 0.3)).toBe(18);
    const network = sequential([layers.dense({ units: 1, inputShape: [1] })]);
    network.setWeights([Float32Array.of(1), Float32Array.of(0)]);
    network.compile({ optimizer: sgd({ learningRate: 0 }), loss: "meanAbsoluteError" });
    const data = Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 5, 7);
    const { history } = await network.fit(
      { data, shape: [10, 1] },
      { data: new Float32Array(10), shape: [10, 1] },
      { validationSplit: 0.2, epochs: 2, seed: 5 },
    );
    expect(history).toEqual({ loss: [1, 1], val_loss: [6, 6] });
    network.close();
  });
});

describe("fit", () => {
  const tiny = (seed = 0, spec = adam({ learningRate: 0.05 })) => {
    const network = sequential(
      [
        layers.dense({ units: 8, activation: "relu", inputShape: [4] }),
        layers.dropout(0.2),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
      { seed },
    );
    network.compile({ optimizer: spec, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
    return network;
  };
  const random = new Random(3);
  const x = { data: Float32Array.from({ length: 60 * 4 }, () => random.next()), shape: [60, 4] };
  const y = toCategorical(
    Uint8Array.from({ length: 60 }, (_, i) => (x.data[i * 4]! > 0.6 ? 2 : x.data[i * 4 + 1]! > 0.5 ? 1 : 0)),
    3,
  );

  it("gives the same bytes for the same seed, others for another", async () => {
    const weights = async (seed: number) => {
      const network = tiny(seed);
      await network.fit(x, y, { epochs: 2, batchSize: 7, seed });
      const result = network.getWeights();
      network.close();
      return result;
    };
    expect(await weights(1)).toEqual(await weights(1));
    expect(await weights(1)).not.toEqual(await weights(2));
  });

  it("stops with the layer and the step named when the loss is no number", async () => {
    const network = tiny(0, sgd({ learningRate: 1e30 }));
    const error: unknown = await network
      .fit(x, y, { epochs: 50, batchSize: 10 })
      .catch((thrown: unknown) => thrown);
    expect(isReadError(error, "not-finite"), String(error)).toBe(true);
    expect((error as Error).message).toMatch(
      /loss became (NaN|Infinity) at step \d+ \(batch \d\); layer "dense(_1)?" holds weights that are not finite/,
    );
    network.close();
  });

  it("ends when it is aborted, also while it is at work", async () => {
    const network = tiny();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 150);
    const error: unknown = await network
      .fit(x, y, { epochs: 1e6, batchSize: 4, signal: stop.signal })
      .catch((thrown: unknown) => thrown);
    expect(isReadError(error, "aborted")).toBe(true);
    network.close();
  });

  it("tells callbacks in order, and lets them stop and change the rate", async () => {
    const network = tiny();
    const told: string[] = [];
    const rates: number[] = [];
    const watch: Callback = {
      onTrainBegin: () => void told.push("train"),
      onEpochBegin: (epoch) => void told.push(`epoch ${epoch}`),
      onBatchEnd: (batch, logs, training) => {
        told.push(`batch ${batch} ${Object.keys(logs).join()}`);
        training.learningRate = 0.01;
      },
      onEpochEnd: (epoch, logs, training) => {
        told.push(`end ${epoch} ${Object.keys(logs).join()}`);
        rates.push(training.learningRate);
        if (epoch === 1) training.stop();
      },
      onTrainEnd: () => void told.push("done"),
    };
    const { epochs } = await network.fit(x, y, {
      epochs: 9,
      batchSize: 30,
      validationSplit: 0.1,
      callbacks: [watch],
    });
    expect(epochs).toEqual([0, 1]);
    expect(told.slice(0, 5)).toEqual([
      "train",
      "epoch 0",
      "batch 0 loss,accuracy",
      "batch 1 loss,accuracy",
      "end 0 loss,accuracy,val_loss,val_accuracy",
    ]);
    expect(told.at(-1)).toBe("done");
    expect(rates.map((rate) => Number(rate.toFixed(6)))).toEqual([0.01, 0.01]);
    network.close();
  });

  it("takes bytes as themselves / 255", async () => {
    const bytes = Uint8Array.from({ length: 60 * 4 }, () => random.integer(0, 256));
    const losses = await Promise.all(
      [bytes, Float32Array.from(bytes, (value) => Math.fround(value / 255))].map(async (data) => {
        const network = sequential([layers.dense({ units: 3, activation: "softmax", inputShape: [4] })], {
          seed: 1,
        });
        network.compile({ loss: "categoricalCrossentropy" });
        const { history } = await network.fit({ data, shape: [60, 4] }, y, { epochs: 2, batchSize: 16 });
        network.close();
        return history.loss!;
      }),
    );
    for (const [epoch, loss] of losses[0]!.entries()) expect(loss).toBeCloseTo(losses[1]![epoch]!, 6);
  });

  it("goes on from where it was when it is called again, and anew after compile", async () => {
    const together = tiny(4);
    await together.fit(x, y, { epochs: 2, batchSize: 20, shuffle: false });
    const apart = tiny(4);
    await apart.fit(x, y, { epochs: 1, batchSize: 20, shuffle: false });
    await apart.fit(x, y, { epochs: 1, batchSize: 20, shuffle: false });
    expect(apart.getWeights()).toEqual(together.getWeights());
    together.close();
    apart.close();
  });
});
