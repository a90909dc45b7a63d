import { describe, expect, it } from "vitest";
import { csvLogger, earlyStopping, reduceOnPlateau, type Training } from "../../src/train/index.ts";
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

describe("callbacks decide as Keras's own", () => {
  it.each(keras.callbacks.map((each) => [`${each.kind} ${JSON.stringify(each.arguments)}`, each] as const))(
    "%s",
    async (_, each) => {
      const { patience, min_delta, monitor, mode, restore_best_weights, factor, cooldown, min_lr } =
        each.arguments;
      const options = {
        ...(patience === undefined ? {} : { patience: Number(patience) }),
        ...(min_delta === undefined ? {} : { minDelta: Number(min_delta) }),
        ...(monitor === undefined ? {} : { monitor: String(monitor) }),
        ...(mode === undefined ? {} : { mode: mode as "max" }),
      };
      const callback =
        each.kind === "earlyStopping"
          ? earlyStopping({ ...options, restoreBestWeights: restore_best_weights === true })
          : reduceOnPlateau({
              ...options,
              ...(factor === undefined ? {} : { factor: Number(factor) }),
              ...(cooldown === undefined ? {} : { cooldown: Number(cooldown) }),
              ...(min_lr === undefined ? {} : { minLearningRate: Number(min_lr) }),
            });
      const { state, training } = fakeTraining();
      await callback.onTrainBegin?.(training);
      const rates: number[] = [];
      let stopped: number | null = null;
      for (const [epoch, value] of each.logs.entries()) {
        state.weights = epoch + 1;
        await callback.onEpochEnd?.(epoch, { [String(monitor ?? "val_loss")]: value }, training);
        rates.push(training.learningRate);
        if (state.stopped) {
          stopped = epoch;
          break;
        }
      }
      await callback.onTrainEnd?.(training);
      expect(stopped).toBe(each.stopped);
      for (const [i, rate] of rates.entries()) expect(rate).toBeCloseTo(each.rates[i]!, 8);
      expect(rates).toHaveLength(each.rates.length);
      expect(state.weights).toBe(each.weights);
    },
  );

  it("csvLogger writes a header and one line an epoch, as CSVLogger", async () => {
    const lines: string[] = [];
    const callback = csvLogger((line) => void lines.push(line));
    const { training } = fakeTraining();
    await callback.onEpochEnd?.(0, { loss: 2, accuracy: 0.5 }, training);
    await callback.onEpochEnd?.(1, { loss: 1, accuracy: 0.75 }, training);
    expect(lines.join("")).toBe("epoch,accuracy,loss\n0,0.5,2\n1,0.75,1\n");
  });
});
