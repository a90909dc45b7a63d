import { expect, test } from "vitest";
import { createEngine } from "../../../src/train/engine/create-engine.ts";
import type { AdamSpec } from "../../../src/train/optimizers.ts";
import { makeBatch, makeWeights, seedGraph } from "./seed.ts";

/** Losses of the seed's network at these steps, as Keras 3 (three backends) and PyTorch 2.13 (its Adam with
 * epsilon 1e-7) compute them. */
const steps = [1, 2, 3, 6, 12] as const;
const golden = {
  keras: [2.83334, 2.825063, 2.813607, 2.745711, 2.457977],
  torch: [2.83334, 2.824361, 2.8119, 2.739442, 2.441672],
} as const;

const { x, labels } = makeBatch(7);

test.each(["keras", "torch"] as const)(
  "12 steps of the seed's network have the losses of %s's Adam",
  async (form) => {
    const optimizer: AdamSpec = { kind: "adam", form };
    const loss = { kind: "sparseCategoricalCrossentropy" } as const;
    const engine = await createEngine(seedGraph("float32"), { batchSize: 64, loss, optimizer });
    engine.setWeights(makeWeights());
    const before = engine.getWeights();
    const losses = Array.from({ length: 12 }, () => engine.trainStep({ inputs: [x], targets: labels }).loss);
    steps.forEach((step, i) => {
      expect(
        Math.abs(losses[step - 1]! - golden[form][i]!),
        `step ${step}: ${losses[step - 1]}`,
      ).toBeLessThan(5e-6);
    });
    // Taps that meet only padding stay as they were, bit for bit.
    for (const { name, reached, shape } of engine.parameters) {
      if (!/^conv[23].kernel$/.test(name)) continue;
      expect(reached).toEqual([
        [0, 3],
        [0, 3],
        [1, 2],
        [0, shape[3]],
        [0, shape[4]],
      ]);
      const after = engine.getWeights().get(name)!;
      const inside = shape[3]! * shape[4]!;
      after.forEach((value, i) => {
        const tap = Math.floor(i / inside) % 3;
        if (tap !== 1) expect(value).toBe(before.get(name)![i]);
      });
    }
    engine.close();
  },
);
