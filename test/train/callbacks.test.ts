import { describe, expect, it } from "vitest";
import { fromBytes } from "../../src/source/bytes.ts";
import { fileName } from "../../src/train/callbacks/file-name.ts";
import {
  csvLogger,
  earlyStopping,
  layers,
  loadKeras,
  modelCheckpoint,
  type ResumableCallback,
  reduceOnPlateau,
  sequential,
  type Training,
} from "../../src/train/index.ts";
import { spawn } from "../spawn.ts";
import { fixture, keras } from "./fixtures.ts";

/** A training that only remembers what callbacks do to it. */
function fakeTraining() {
  const state = { weights: 0, stopped: false };
  const network = {
    getWeights: () => [Float32Array.of(state.weights)],
    setWeights: ([values]: readonly Float32Array[]) => {
      state.weights = values![0]!;
    },
  };
  const training = {
    network,
    learningRate: 0.1,
    stop: () => {
      state.stopped = true;
    },
  } as unknown as Training;
  return { state, training };
}

type Case = (typeof keras.callbacks)[number];

function callbackOf({ kind, arguments: given }: Case): ResumableCallback {
  const { patience, min_delta, monitor, mode, restore_best_weights, factor, cooldown, min_lr } = given;
  const options = {
    ...(patience === undefined ? {} : { patience: Number(patience) }),
    ...(min_delta === undefined ? {} : { minDelta: Number(min_delta) }),
    ...(monitor === undefined ? {} : { monitor: String(monitor) }),
    ...(mode === undefined ? {} : { mode: mode as "max" }),
  };
  return kind === "earlyStopping"
    ? earlyStopping({ ...options, restoreBestWeights: restore_best_weights === true })
    : reduceOnPlateau({
        ...options,
        ...(factor === undefined ? {} : { factor: Number(factor) }),
        ...(cooldown === undefined ? {} : { cooldown: Number(cooldown) }),
        ...(min_lr === undefined ? {} : { minLearningRate: Number(min_lr) }),
      });
}

/** Plays the recorded numbers; `eachEpoch` may put another callback in the place of the one so far. */
async function play(each: Case, eachEpoch: (callback: ResumableCallback) => Promise<ResumableCallback>) {
  const { state, training } = fakeTraining();
  let callback = callbackOf(each);
  await callback.onTrainBegin?.(training);
  const rates: number[] = [];
  let stopped: number | null = null;
  for (const [epoch, value] of each.logs.entries()) {
    state.weights = epoch + 1;
    await callback.onEpochEnd?.(epoch, { [String(each.arguments.monitor ?? "val_loss")]: value }, training);
    rates.push(training.learningRate);
    callback = await eachEpoch(callback);
    if (state.stopped) {
      stopped = epoch;
      break;
    }
  }
  await callback.onTrainEnd?.(training);
  return { rates, stopped, weights: state.weights };
}

describe("callbacks decide as Keras's own", () => {
  const cases = keras.callbacks.map(
    (each) => [`${each.kind} ${JSON.stringify(each.arguments)}`, each] as const,
  );

  const expectRecorded = (each: Case, { rates, stopped, weights }: Awaited<ReturnType<typeof play>>) => {
    expect(stopped).toBe(each.stopped);
    for (const [i, rate] of rates.entries()) expect(rate).toBeCloseTo(each.rates[i]!, 8);
    expect(rates).toHaveLength(each.rates.length);
    expect(weights).toBe(each.weights);
  };

  it.each(cases)("%s", async (_, each) => {
    expectRecorded(each, await play(each, async (callback) => callback));
  });

  it.each(cases)("%s, in another process after every epoch", async (_, each) => {
    const { training } = fakeTraining();
    const replaced = await play(each, async (callback) => {
      const next = callbackOf(each);
      await next.onTrainBegin?.(training);
      next.restore(callback.state());
      return next;
    });
    expectRecorded(each, replaced);
  });

  it("csvLogger writes a header and one line an epoch, as CSVLogger", async () => {
    const lines: string[] = [];
    const callback = csvLogger((line) => void lines.push(line));
    const { training } = fakeTraining();
    await callback.onEpochEnd?.(0, { loss: 2, accuracy: 0.5 }, training);
    await callback.onEpochEnd?.(1, { loss: 1, accuracy: 0.75 }, training);
    expect(lines.join("")).toBe("epoch,accuracy,loss\n0,0.5,2\n1,0.75,1\n");
  });
});

describe("modelCheckpoint", () => {
  const network = () => {
    const made = sequential([layers.dense({ units: 2, activation: "softmax", inputShape: [3] })], {
      seed: 3,
    });
    made.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
    return made;
  };
  const inputs = { data: Float32Array.from({ length: 30 }, (_, i) => ((i * 7) % 11) / 11), shape: [10, 3] };
  const targets = { data: Float32Array.from({ length: 10 }, (_, i) => i % 2), shape: [10, 1] };

  it("writes the network and its optimizer after every epoch, named as Keras names it", async () => {
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    const made = network();
    const { history } = await made.fit(inputs, targets, {
      epochs: 2,
      batchSize: 5,
      validationSplit: 0.2,
      callbacks: [
        modelCheckpoint({
          filepath: "at-{epoch:02d}-{val_loss:.3f}.keras",
          write: (path, content) => files.set(path, content),
        }),
      ],
    });
    const names = history.val_loss!.map((loss, i) => `at-0${i + 1}-${loss.toFixed(3)}.keras`);
    expect([...files.keys()]).toEqual(names);
    const again = await loadKeras(fromBytes(files.get(names[1]!)!, "m.keras"), { spawn });
    expect(again.getWeights()).toEqual(made.getWeights());
    expect(again.json.compile_config).toMatchObject({ loss: "sparse_categorical_crossentropy" });
    made.close();
    again.close();
  });

  const recorded = JSON.parse(new TextDecoder().decode(fixture("checkpoints.json"))) as {
    readonly losses: readonly number[];
    readonly accuracies: readonly number[];
    readonly batches: number;
    readonly cases: readonly {
      readonly arguments: {
        readonly filepath: string;
        readonly save_best_only?: boolean;
        readonly save_weights_only?: boolean;
        readonly save_freq?: number;
        readonly monitor?: string;
        readonly mode?: "min" | "max";
        readonly initial_value_threshold?: number;
      };
      readonly files: readonly string[];
    }[];
    readonly names: readonly (readonly [pattern: string, value: number, name: string])[];
  };

  it.each(recorded.cases.map((each) => [JSON.stringify(each.arguments), each] as const))(
    "writes the files that Keras writes: %s",
    async (_, each) => {
      const given = each.arguments;
      for (const elsewhere of [false, true]) {
        const files: string[] = [];
        const make = () =>
          modelCheckpoint({
            filepath: given.filepath,
            write: (path) => files.push(path),
            saveBestOnly: given.save_best_only,
            saveWeightsOnly: given.save_weights_only,
            saveFreq: given.save_freq,
            monitor: given.monitor,
            mode: given.mode,
            initialValueThreshold: given.initial_value_threshold,
          });
        let callback = make();
        const training = { network: network(), state: () => null } as unknown as Training;
        await callback.onTrainBegin?.(training);
        for (const [epoch, loss] of recorded.losses.entries()) {
          const accuracy = recorded.accuracies[epoch]!;
          await callback.onEpochBegin?.(epoch, training);
          for (let batch = 0; batch < recorded.batches; batch++)
            await callback.onBatchEnd?.(batch, { loss: loss + batch, accuracy }, training);
          await callback.onEpochEnd?.(
            epoch,
            { loss, accuracy, val_loss: loss, val_accuracy: accuracy },
            training,
          );
          if (!elsewhere) continue;
          // Another process goes on.
          const { state } = callback;
          callback = make();
          await callback.onTrainBegin?.(training);
          callback.restore(state());
        }
        expect(files).toEqual(each.files);
      }
    },
  );

  it("passes over what is no number, and refuses what is not there", async () => {
    const saved: string[] = [];
    const callback = modelCheckpoint({
      filepath: "{epoch}.keras",
      saveBestOnly: true,
      write: (path) => saved.push(path),
    });
    const training = { network: network(), state: () => null } as unknown as Training;
    for (const [epoch, val_loss] of [Number.NaN, 4, Number.NaN, 3].entries())
      await callback.onEpochEnd?.(epoch, { val_loss }, training);
    expect(saved).toEqual(["2.keras", "4.keras"]);
    await expect(callback.onEpochEnd?.(0, { loss: 1 }, training)).rejects.toThrow(
      /"val_loss"; there are loss/,
    );
  });

  it("writes weights alone, and refuses names that fit nothing", async () => {
    let written = new Uint8Array();
    const made = network();
    const write = (_: string, content: Uint8Array<ArrayBuffer>) => {
      written = content;
    };
    const callbacks = [modelCheckpoint({ filepath: "a.weights.h5", saveWeightsOnly: true, write })];
    await made.fit(inputs, targets, { callbacks });
    expect(Buffer.from(written.subarray(1, 4)).toString()).toBe("HDF");
    made.close();
    for (const options of [
      { filepath: "a.pt" },
      { filepath: "a.weights.h5" },
      { filepath: "a.keras", saveWeightsOnly: true },
      { filepath: "a.keras", saveFreq: 0 },
    ])
      expect(() => modelCheckpoint({ write, ...options })).toThrow(/does not fit|saveFreq/);
    const unknown = modelCheckpoint({ filepath: "{val_lost}.keras", write });
    await expect(made.fit(inputs, targets, { callbacks: [unknown] })).rejects.toThrow(
      /"\{val_lost\}"; there are epoch, loss, accuracy/,
    );
    made.close();
  });

  it("formats names as Python", () => {
    for (const [pattern, value, name] of recorded.names)
      expect(fileName(pattern, { loss: value, epoch: value }), `${pattern} ${value}`).toBe(name);
    for (const pattern of ["{}", "{toString}", "{v", "v}", "{v:d}", "{v:.2}", "{v:x}", "{v!r}", "{v:1000f}"])
      expect(() => fileName(pattern, { v: 1 }), pattern).toThrow(/file name/);
  });
});
