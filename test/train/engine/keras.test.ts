import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createEngine } from "../../../src/train/engine/create-engine.ts";
import type { EngineParameter } from "../../../src/train/engine/engine.ts";
import type { Graph } from "../../../src/train/engine/graph.ts";
import type { LossSpec } from "../../../src/train/losses.ts";
import type { OptimizerSpec } from "../../../src/train/optimizers.ts";
import { mulberry32 } from "./seed.ts";

/** What `make_keras.py` writes for one network. */
interface KerasCase {
  readonly name: string;
  readonly graph: Graph;
  readonly loss: LossSpec;
  readonly optimizer: OptimizerSpec;
  readonly weighted?: boolean;
  readonly losses: readonly number[];
  readonly evaluated: number;
  readonly after: Readonly<Record<string, readonly number[]>>;
  readonly predictions: readonly number[];
}

const SAMPLES = 5;
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function draw(seed: number, count: number, low: number, high: number): Float32Array {
  const random = mulberry32(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * random());
}

/** Every seventh number or so, as the script keeps them. */
const some = (values: Float32Array): number[] => {
  const stride = Math.max(1, Math.floor(values.length / 7));
  return [...values].filter((_, i) => i % stride === 0);
};

function weightsFor(parameters: readonly EngineParameter[]): Map<string, Float32Array> {
  return new Map(
    parameters.map(({ name, parameter, shape }, i) => {
      const around = parameter === "gamma" || parameter === "movingVariance" ? 1 : 0;
      return [name, draw(100 + i, sizeOf(shape), around - 0.3, around + 0.3)];
    }),
  );
}

function targetsFor({ loss }: KerasCase, shape: readonly number[]): Float32Array {
  const channels = shape.at(-1)!;
  if (loss.kind === "sparseCategoricalCrossentropy") {
    return draw(300, (SAMPLES * sizeOf(shape)) / channels, 0, channels).map(Math.floor);
  }
  const targets = draw(300, SAMPLES * sizeOf(shape), 0, 1);
  if (loss.kind !== "categoricalCrossentropy") return targets;
  return targets.map((value, i) => {
    const start = i - (i % channels);
    return value / targets.subarray(start, start + channels).reduce((a, b) => a + b, 0);
  });
}

function near(found: number, expected: number, what: string, scale = 1): void {
  expect(
    Math.abs(found - expected) / Math.max(scale, Math.abs(expected)),
    `${what}: ${found}, Keras ${expected}`,
  ).toBeLessThan(2e-5);
}

describe.each(["tensorflow", "torch"])("as Keras on %s", (backend) => {
  const path = new URL(`../../fixtures/train/keras-${backend}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: readonly KerasCase[] };
  describe.each(["wasm", "reference"] as const)("%s", (kind) => {
    test.each(cases)("$name", async (item) => {
      const { graph, loss, optimizer } = item;
      const engine = await createEngine(graph, { batchSize: 8, loss, optimizer, backend: kind });
      engine.setWeights(weightsFor(engine.parameters));
      const inputs = graph.nodes
        .flatMap(({ op }) => (op.kind === "input" ? [op] : []))
        .map(({ shape }, i) => draw(200 + i, SAMPLES * sizeOf(shape), -0.5, 0.5));
      const sampleWeights = Float32Array.of(0.5, 1, 2, 1, 1.5);
      const batch = {
        inputs,
        targets: targetsFor(item, engine.outputShape),
        ...(item.weighted ? { sampleWeights } : {}),
      };
      item.losses.forEach((expected, step) => {
        near(engine.trainStep(batch).loss, expected, `loss ${step}`);
      });
      near(engine.evaluate(batch).loss, item.evaluated, "loss in use");
      const weights = engine.getWeights();
      expect([...weights.keys()].sort()).toEqual(Object.keys(item.after).sort());
      for (const [name, expected] of Object.entries(item.after)) {
        some(weights.get(name)!).forEach((value, i) => {
          near(value, expected[i]!, `${name}[${i}]`);
        });
      }
      some(engine.predict(batch)).forEach((value, i) => {
        near(value, item.predictions[i]!, `prediction ${i}`);
      });
      engine.close();
    });
  });
});
