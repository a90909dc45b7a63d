import { describe, expect, test } from "vitest";
import { createWasmEngine } from "../../../src/train/engine/create-wasm-engine.ts";
import { ReferenceEngine } from "../../../src/train/engine/reference/reference.ts";
import { type Case, cases, randomBatch, randomWeights } from "./graphs.ts";

/** The largest difference, in shares of the largest number expected. */
function worst(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  // A bias before a batch normalization has the gradient zero: what is left of it is rounding.
  let scale = 2e-3;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    const d = Math.abs(found[i]! - expected[i]!);
    difference = d > difference || Number.isNaN(d) ? d : difference;
  }
  return difference / scale;
}

const sizes = [16, 13, 5, 37] as const;

async function compare(item: Case, samples: number, bytes: boolean): Promise<void> {
  const graph = bytes
    ? {
        ...item.graph,
        nodes: item.graph.nodes.map((node) =>
          node.op.kind === "input" ? { ...node, op: { ...node.op, dtype: "uint8" as const } } : node,
        ),
      }
    : item.graph;
  const options = {
    batchSize: 48,
    loss: item.loss,
    optimizer: { kind: "sgd", learningRate: 0 } as const,
    seed: 5,
  };
  const engine = await createWasmEngine(graph, options);
  const reference = new ReferenceEngine(graph, options);
  const weights = randomWeights(engine.parameters, 11);
  engine.setWeights(weights);
  reference.setWeights(weights);
  // A full batch first: what it leaves behind must not matter.
  const before = randomBatch({ ...item, graph }, 48, 99);
  engine.trainStep(before);
  reference.trainStep(before);
  engine.setWeights(weights);
  reference.setWeights(weights);
  const drawn = randomBatch({ ...item, graph }, samples, samples);
  const batch = { ...drawn, sampleWeights: Float32Array.from({ length: samples }, (_, n) => 0.5 + (n % 3)) };
  const expected = reference.gradients(batch).parameters;
  const step = engine.trainStep(batch);
  const wanted = reference.trainStep(batch);
  expect(Math.abs(step.loss - wanted.loss) / Math.max(1, Math.abs(wanted.loss)), "loss").toBeLessThan(3e-6);
  expect(worst(step.predictions, wanted.predictions), "predictions").toBeLessThan(1e-5);
  for (const [name, gradient] of engine.readGradients()) {
    expect(worst(gradient, expected.get(name)!), `gradient of ${name}`).toBeLessThan(2e-5);
  }
  const after = reference.getWeights();
  for (const [name, values] of engine.getWeights())
    expect(worst(values, after.get(name)!), name).toBeLessThan(1e-6);
  const use = engine.evaluate(batch);
  const usual = reference.evaluate(batch);
  expect(Math.abs(use.loss - usual.loss) / Math.max(1, Math.abs(usual.loss)), "loss in use").toBeLessThan(
    3e-6,
  );
  expect(worst(engine.predict(batch), reference.predict(batch)), "predictions in use").toBeLessThan(1e-5);
  engine.close();
}

describe("the WebAssembly engine equals the reference", () => {
  test.each(cases)("$name", async (item) => {
    for (const samples of sizes) await compare(item, samples, samples === 5);
  });
});
