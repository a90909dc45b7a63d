import { describe, expect, test } from "vitest";
import { createWasmEngine } from "../../../src/train/engine/create-wasm-engine.ts";
import { spawn } from "../../spawn.ts";
import { type Case, cases, randomBatch, randomWeights } from "./graphs.ts";
import { makeWeights, seedGraph } from "./seed.ts";

const seed: Case = {
  name: "the seed's network",
  graph: seedGraph("uint8"),
  outputs: 17,
  loss: { kind: "sparseCategoricalCrossentropy" },
};
const byName = (name: string): Case => cases.find((item) => item.name === name)!;

/** Everything that training changes, as bytes, after some steps with full and odd batches. */
async function train(item: Case, threads: number, steps: number): Promise<string> {
  const engine = await createWasmEngine(item.graph, {
    batchSize: 64,
    loss: item.loss,
    optimizer: { kind: "adam", learningRate: 0.01 },
    threads,
    spawn,
    seed: 3,
  });
  expect(engine.threads).toBe(threads);
  engine.setWeights(item === seed ? makeWeights() : randomWeights(engine.parameters, 1));
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push(engine.trainStep(randomBatch(item, step % 3 === 2 ? 37 : 64, step % 5)).loss);
  }
  const { slots } = engine.state();
  const bytes = [...engine.getWeights().values(), ...slots.values()].map((values) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64"),
  );
  engine.close();
  expect(losses.every(Number.isFinite)).toBe(true);
  return `${losses.join()} ${bytes.join()}`;
}

describe("any number of threads gives the same bits", () => {
  test.each([
    [seed, 12],
    [byName("conv 2-D"), 40],
    [byName("by points, 3-D"), 12],
    [byName("by points, residual"), 30],
    [byName("residual, U-shape"), 30],
    [byName("batch norm"), 40],
    [byName("dropout"), 40],
    [byName("transposed 2-D"), 30],
    [byName("pools 3-D and 1-D"), 30],
  ])("$name", async (item, steps) => {
    const alone = await train(item, 1, steps);
    for (const threads of [2, 3, 2])
      expect((await train(item, threads, steps)) === alone, `${threads} threads`).toBe(true);
  });
});
