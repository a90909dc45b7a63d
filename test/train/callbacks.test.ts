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
import { keras } from "./fixtures.ts";

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

  it("keeps only what is better, by Keras's rules", async () => {
    const { training } = fakeTraining();
    const saved: string[] = [];
    const play = async (options: object, values: readonly number[], name = "val_loss") => {
      saved.length = 0;
      const callback = modelCheckpoint({
        filepath: "{epoch}.keras",
        saveBestOnly: true,
        write: (path) => saved.push(path),
        ...options,
      });
      // Only the names matter here.
      const bare = { ...training, network: network(), state: () => null } as unknown as Training;
      await callback.onTrainBegin?.(bare);
      for (const [epoch, value] of values.entries())
        await callback.onEpochEnd?.(epoch, { [name]: value }, bare);
      return saved.map((path) => Number.parseInt(path, 10));
    };
    expect(await play({}, [3, 2, 2, 4, 1])).toEqual([1, 2, 5]);
    expect(await play({ mode: "max" }, [3, 2, 4])).toEqual([1, 3]);
    expect(await play({ monitor: "val_accuracy" }, [0.1, 0.3, 0.2], "val_accuracy")).toEqual([1, 2]);
    expect(await play({ initialValueThreshold: 2.5 }, [3, 2, 1])).toEqual([2, 3]);
    expect(await play({ saveBestOnly: false }, [3, Number.NaN, 4])).toEqual([1, 2, 3]);
    expect(await play({}, [Number.NaN, 4])).toEqual([2]);
    await expect(play({ monitor: "val_acc" }, [1])).rejects.toThrow(/"val_acc"; there are val_loss/);
  });

  it("writes after so many batches, counted over epochs", async () => {
    const files: string[] = [];
    const made = network();
    const checkpoint = modelCheckpoint({
      filepath: "{epoch}-{batch:02d}.h5",
      saveFreq: 3,
      write: (path) => files.push(path),
    });
    await made.fit(inputs, targets, { epochs: 3, batchSize: 3, callbacks: [checkpoint] });
    // Four batches an epoch: the 3rd, 6th, 9th and 12th.
    expect(files).toEqual(["1-03.h5", "2-02.h5", "3-01.h5", "3-04.h5"]);
    expect(checkpoint.state().numbers.batches).toBe(0);
    made.close();
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
    // What Python's str.format gives.
    for (const [pattern, value, expected] of [
      ["{v}", 1, "1.0"],
      ["{v}", 1 / 3, "0.3333333333333333"],
      ["{v}", 1e-5, "1e-05"],
      ["{v}", 1e16, "1e+16"],
      ["{v:f}", 1e22, "10000000000000000000000.000000"],
      ["{v:.2f}", 2.675, "2.67"],
      ["{v:.2f}", 0.125, "0.12"],
      ["{v:.1e}", 0.125, "1.2e-01"],
      ["{v:.0e}", 25, "2e+01"],
      ["{v:.0e}", 35, "4e+01"],
      ["{v:08.3f}", -2.5, "-002.500"],
      ["{v:8.3f}", -2.5, "  -2.500"],
      ["{epoch:02d}", 7, "07"],
      ["{epoch}", 7, "7"],
      ["{epoch:.2f}", 7, "7.00"],
      ["{{x}}-{epoch:3d}", 12, "{x}- 12"],
    ] as const)
      expect(fileName(pattern, { v: value, epoch: value }), pattern).toBe(expected);
    for (const pattern of ["{}", "{toString}", "{v", "v}", "{v:d}", "{v:.2}", "{v:x}", "{v!r}", "{v:1000f}"])
      expect(() => fileName(pattern, { v: 1 }), pattern).toThrow(/file name/);
  });
});
