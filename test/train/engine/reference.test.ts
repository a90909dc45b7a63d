import { describe, expect, test } from "vitest";
import { ReferenceEngine } from "../../../src/train/engine/reference/reference.ts";
import { cases, randomBatch, randomWeights } from "./graphs.ts";
import { makeBatch, makeWeights, mulberry32, seedGraph } from "./seed.ts";

describe("the reference's gradients equal finite differences", () => {
  test.each(cases)("$name", (item) => {
    const options = { batchSize: 3, loss: item.loss, seed: 5 };
    const engine = new ReferenceEngine(item.graph, options);
    const weights = randomWeights(engine.parameters, 11);
    const batch = { ...randomBatch(item, 3, 12), sampleWeights: Float32Array.of(0.5, 2, 1) };
    engine.setWeights(weights);
    const found = engine.gradients(batch).parameters;
    const random = mulberry32(13);
    for (const { name, trainable, reached, shape } of engine.parameters) {
      if (!trainable) continue;
      const values = Float64Array.from(weights.get(name)!);
      for (let trial = 0; trial < 4; trial++) {
        const i = Math.floor(random() * values.length);
        const at = (shift: number): number => {
          const moved = values.slice();
          moved[i] = moved[i]! + shift;
          engine.setWeights(new Map([[name, moved]]));
          return engine.gradients(batch).loss;
        };
        // Small enough that hardly any kink of a ReLU lies in between.
        const h = 1e-7;
        const slope = (at(h) - at(-h)) / (2 * h);
        engine.setWeights(new Map([[name, values]]));
        expect(Math.abs(found.get(name)![i]! - slope), `${name}[${i}]`).toBeLessThan(
          1e-6 + 1e-5 * Math.abs(slope),
        );
      }
      expect(reached.length).toBe(shape.length);
    }
  });
});

test("the seed's network has Keras's loss at its first step", () => {
  const engine = new ReferenceEngine(seedGraph("float32"), {
    batchSize: 8,
    loss: { kind: "sparseCategoricalCrossentropy" },
  });
  engine.setWeights(makeWeights());
  const { x, labels } = makeBatch(7, 64);
  let sum = 0;
  for (let first = 0; first < 64; first += 8) {
    const rows = Array.from({ length: 8 }, (_, i) => first + i);
    sum += engine.evaluate({ inputs: [x], targets: labels, rows }).loss;
  }
  expect(sum / 8).toBeCloseTo(2.83334, 6);
});
