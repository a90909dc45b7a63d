import { describe, expect, test } from "vitest";
import { isReadError } from "../../../src/errors.ts";
import { createEngine } from "../../../src/train/engine/create-engine.ts";
import type { Batch, Engine, EngineOptions } from "../../../src/train/engine/engine.ts";
import type { Graph } from "../../../src/train/engine/graph.ts";
import { describePlan, type Plan } from "../../../src/train/engine/plan.ts";
import { spawn } from "../../spawn.ts";
import { type Case, cases, chain, chainOf, conv, randomBatch, randomWeights, relu } from "./graphs.ts";
import { makeBatch, makeWeights, seedGraph } from "./seed.ts";

const byName = (name: string): Case => cases.find((item) => item.name === name)!;
const sparse = { kind: "sparseCategoricalCrossentropy" } as const;
const adam = { kind: "adam", learningRate: 0.01 } as const;
const base: EngineOptions = { batchSize: 48, loss: sparse, optimizer: adam, seed: 9 };

const small = byName("conv 2-D");
const dropped = byName("dropout");

async function engineOf(item: Case, options: Partial<EngineOptions> = {}): Promise<Engine> {
  const engine = await createEngine(item.graph, { ...base, loss: item.loss, ...options });
  engine.setWeights(randomWeights(engine.parameters, 4));
  return engine;
}

const bits = (weights: ReadonlyMap<string, Float32Array>): string =>
  [...weights]
    .map(([name, values]) => `${name} ${Buffer.from(values.slice().buffer).toString("hex")}`)
    .join("\n");

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isReadError(error, "bad-option")) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe.each(["wasm", "reference"] as const)("%s", (backend) => {
  test("rows choose samples as a gathered copy would", async () => {
    const rows = [7, 7, 0, 3, 4, 5, 1];
    const all = randomBatch(small, 9, 1);
    const pick = <T extends { slice(from: number, to: number): T; length: number }>(
      array: T,
      size: number,
    ): T[] => rows.map((row) => array.slice(row * size, row * size + size));
    const x = all.inputs[0] as Float32Array;
    const inputs = [Float32Array.from(pick(x, 12 * 11 * 3).flatMap((part) => [...part]))];
    const weights = Float32Array.from({ length: 9 }, (_, i) => i / 4);
    const gathered: Batch = {
      inputs,
      targets: Int32Array.from(rows.map((row) => all.targets![row]!)),
      sampleWeights: Float32Array.from(rows.map((row) => weights[row]!)),
    };
    const [a, b] = [await engineOf(small, { backend }), await engineOf(small, { backend })];
    const result = a.trainStep({ ...all, sampleWeights: weights, rows });
    expect(b.trainStep(gathered)).toEqual(result);
    expect(bits(a.getWeights())).toBe(bits(b.getWeights()));
    expect(a.predict({ inputs: all.inputs, rows })).toEqual(b.predict(gathered));
  });

  test("predicts more samples than a batch has", async () => {
    const engine = await engineOf(byName("dense only"), { backend, batchSize: 4 });
    const { inputs } = randomBatch(byName("dense only"), 11, 2);
    const all = engine.predict({ inputs });
    expect(all.length).toBe(33);
    expect(engine.predict({ inputs, rows: [10] })).toEqual(all.slice(30));
  });

  test("goes on from weights and state as if it had never stopped", async () => {
    const run = async (stop: boolean): Promise<string> => {
      let engine = await engineOf(dropped, { backend });
      for (let step = 0; step < 6; step++) {
        if (stop && step === 3) {
          const [weights, state] = [engine.getWeights(), structuredClone(engine.state())];
          engine.close();
          engine = await engineOf(dropped, { backend });
          engine.setWeights(weights);
          engine.restore(state);
        }
        engine.learningRate = 0.01 / (step + 1);
        engine.trainStep(randomBatch(dropped, 20, step));
      }
      expect(engine.step).toBe(6);
      return bits(engine.getWeights()) + bits(engine.state().slots);
    };
    expect((await run(true)) === (await run(false))).toBe(true);
  });

  test("what may not be trained stays", async () => {
    const nodes = small.graph.nodes.map((node) =>
      node.op.kind === "conv" ? { ...node, rules: { kernel: { trainable: false } } } : node,
    );
    const engine = await engineOf({ ...small, graph: { ...small.graph, nodes } }, { backend });
    const before = engine.getWeights();
    engine.trainStep(randomBatch(small, 8, 1));
    for (const [name, values] of engine.getWeights()) {
      const frozen = /^conv\d+.kernel/.test(name);
      expect(bits(new Map([[name, values]])) === bits(new Map([[name, before.get(name)!]])), name).toBe(
        frozen,
      );
    }
    expect([...engine.state().slots.keys()].filter((name) => name.includes("conv1"))).toEqual([
      "conv1/bias/momentum",
      "conv1/bias/velocity",
    ]);
  });

  test("a NaN in the weights reaches the loss", async () => {
    const engine = await engineOf(small, { backend });
    const weights = engine.getWeights().get("conv1/kernel")!;
    weights[5] = Number.NaN;
    engine.setWeights(new Map([["conv1/kernel", weights]]));
    expect(engine.trainStep(randomBatch(small, 8, 1)).loss).toBeNaN();
  });

  test("a layer that the loss does not see is only penalized", async () => {
    const graph: Graph = {
      nodes: [
        { name: "in", inputs: [], op: { kind: "input", shape: [4], dtype: "float32" } },
        { name: "aside", inputs: ["in"], op: { kind: "dense", units: 3 }, rules: { kernel: { l2: 0.5 } } },
        { name: "out", inputs: ["in"], op: { kind: "dense", units: 2 } },
      ],
      output: "out",
    };
    const sgd = { kind: "sgd", learningRate: 0.1 } as const;
    const engine = await createEngine(graph, {
      ...base,
      backend,
      optimizer: sgd,
      loss: { kind: "meanSquaredError" },
    });
    const kernel = Float32Array.from({ length: 12 }, (_, i) => i);
    engine.setWeights(new Map([["aside/kernel", kernel]]));
    const batch = { inputs: [new Float32Array(8)], targets: new Float32Array(4) };
    expect(engine.trainStep(batch).loss).toBeCloseTo(0.5 * 506, 3);
    engine.trainStep(batch);
    engine
      .getWeights()
      .get("aside/kernel")!
      .forEach((value, i) => {
        expect(value).toBeCloseTo(i * 0.9 * 0.9, 4);
      });
  });

  test("says what does not fit", async () => {
    const engine = await engineOf(small, { backend });
    const x = new Float32Array(12 * 11 * 3 * 2);
    const targets = Int32Array.of(0, 1);
    expect(refusal(() => engine.trainStep({ inputs: [], targets }))).toBe(
      "The network has 1 inputs; the batch has 0.",
    );
    expect(refusal(() => engine.predict({ inputs: [new Float32Array(5)] }))).toBe(
      "Input input0 expects samples of shape [12,11,3], 396 numbers each; it got 5 numbers, which is no whole number of samples.",
    );
    expect(refusal(() => engine.predict({ inputs: [new Uint8Array(396)] }))).toBe(
      "Input input0 expects a Float32Array; it got Uint8Array.",
    );
    expect(refusal(() => engine.trainStep({ inputs: [x] }))).toBe(
      "The batch has no targets; a loss needs them.",
    );
    expect(refusal(() => engine.trainStep({ inputs: [x], targets: Int32Array.of(1) }))).toBe(
      "The targets should have 1 numbers for each of 2 samples; they have 1 in all.",
    );
    expect(refusal(() => engine.evaluate({ inputs: [x], targets, rows: [0, 2] }))).toBe(
      "Row 2 is asked for; the arrays have rows 0 to 1.",
    );
    expect(refusal(() => engine.evaluate({ inputs: [x], targets, rows: Array(49).fill(0) }))).toBe(
      "The batch has 49 samples; the engine was made for at most 48.",
    );
    expect(refusal(() => engine.evaluate({ inputs: [x], targets, sampleWeights: new Float32Array(3) }))).toBe(
      "There should be 2 sample weights, one per sample; there are 3.",
    );
    expect(refusal(() => engine.setWeights(new Map([["no/kernel", new Float32Array(1)]])))).toBe(
      'There is no parameter "no/kernel".',
    );
    expect(refusal(() => engine.setWeights(new Map([["conv1/bias", new Float32Array(1)]])))).toBe(
      "The parameter conv1/bias has 8 numbers; it was given 1.",
    );
    const untrained = await createEngine(small.graph, { batchSize: 2, backend });
    expect(refusal(() => untrained.trainStep({ inputs: [x], targets }))).toBe(
      "The engine was made without an optimizer and cannot train.",
    );
    expect(refusal(() => untrained.evaluate({ inputs: [x], targets }))).toBe(
      "The engine was made without a loss.",
    );
    expect(untrained.predict({ inputs: [x] }).length).toBe(10);
  });

  test("refuses graphs that do not fit, by the layer's name", async () => {
    const make = async (graph: Graph): Promise<string> => {
      try {
        await createEngine(graph, { ...base, backend });
      } catch (error) {
        if (isReadError(error, "bad-option")) return error.message;
      }
      return "made";
    };
    expect(await make(chain([4, 4], conv(2, [3, 3])))).toBe(
      "Layer conv1 (conv): expected ndim=4 (batch, 2 spatial, channels), found ndim=3; the input of one sample has the shape [4,4].",
    );
    expect(await make(chain([4, 4, 1], conv(2, [5, 5])))).toBe(
      'Layer conv1: its window reaches over 5 positions, its input has 4 along that axis; use padding "same" or a smaller kernel.',
    );
    expect(await make(chain([4, 4, 3], conv(4, [3, 3], { groups: 2 })))).toContain(
      "groups must divide channels and filters",
    );
    expect(await make(chain([4], { kind: "reshape", shape: [5] }))).toContain("cannot reshape [4] into [5]");
    expect(await make({ nodes: [{ name: "a", inputs: ["b"], op: relu }], output: "a" })).toContain(
      'its input "b" is not a layer before it',
    );
    expect(await make(chain([4], { kind: "dropout", rate: 1 }))).toContain("found 1");
    const one = chain([4], { kind: "dense", units: 1 }, { kind: "softmax" });
    expect(
      await createEngine(one, { batchSize: 1, loss: { kind: "categoricalCrossentropy" } }).catch(
        (e: Error) => e.message,
      ),
    ).toContain("use binaryCrossentropy");
  });
});

test("bytes train as the floats that they stand for", async () => {
  const { x, labels } = makeBatch(7);
  const bytes = Uint8Array.from(x, (v) => Math.round(v * 255));
  const losses = async (dtype: "uint8" | "float32"): Promise<number[]> => {
    const engine = await createEngine(seedGraph(dtype), {
      ...base,
      batchSize: 64,
      optimizer: { kind: "adam" },
    });
    engine.setWeights(makeWeights());
    const inputs = [dtype === "uint8" ? bytes : Float32Array.from(bytes, (v) => v / 255)];
    return Array.from({ length: 4 }, () => engine.trainStep({ inputs, targets: labels }).loss);
  };
  const [a, b] = [await losses("uint8"), await losses("float32")];
  a.forEach((loss, i) => {
    expect(Math.abs(loss - b[i]!)).toBeLessThan(2e-6);
  });
});

test("tiny samples of bytes are packed too", async () => {
  const bytes = { kind: "input", shape: [3], dtype: "uint8", scale: 0.5 } as const;
  const engine = await createEngine(chainOf(bytes, { kind: "dense", units: 1 }), { batchSize: 3 });
  engine.setWeights(new Map([["dense1/kernel", Float32Array.of(1, 10, 100)]]));
  expect([...engine.predict({ inputs: [Uint8Array.of(1, 2, 3, 4, 5, 6)] })]).toEqual([160.5, 327]);
});

test("the plan is plain data and can be read", async () => {
  const engine = await createEngine(seedGraph("uint8"), { ...base, batchSize: 64 });
  const plan = engine.plan as Plan;
  expect(structuredClone(plan)).toEqual(plan);
  const text = describePlan(plan);
  expect(text).toContain("batch of 64 in 2 tiles of 32, one after the other");
  expect(text).toMatch(/forward\s+pack and conv1\s+56 units\s+kernels pack\d+, conv\d+/);
  expect(text).toMatch(/backward\s+dense1 kernel/);
  expect(text).not.toMatch(/softmax input|conv1 input/);
  expect(plan.memoryBytes).toBeLessThan(40e6);
  const ends = plan.regions.map(({ address, bytes }) => address + bytes);
  plan.regions.forEach(({ address }, i) => {
    if (i > 0) expect(address).toBeGreaterThanOrEqual(ends[i - 1]!);
  });
});

test("a network that cannot fit says so before it takes memory", async () => {
  const graph = chain([512, 512, 512, 1], conv(64, [3, 3, 3], { padding: "same" }));
  const error = await createEngine(graph, { batchSize: 32 }).catch((caught: unknown) => caught);
  expect(isReadError(error, "limit") && error.message).toContain("Use a smaller batch or a smaller network.");
});

test("a closed engine says so", async () => {
  const engine = await engineOf(small, { threads: 2, spawn });
  expect(engine.threads).toBe(2);
  engine.close();
  expect(refusal(() => engine.trainStep(randomBatch(small, 4, 1)))).toBe("The engine was closed.");
});

test("a thread that cannot be started is told", async () => {
  const broken = () => spawn(new URL("./no-such-worker.js", import.meta.url));
  const error = await createEngine(small.graph, { ...base, threads: 2, spawn: broken }).catch(
    (caught: unknown) => caught,
  );
  expect(isReadError(error, "refused") && error.message).toContain(
    "A thread of the engine could not be started",
  );
});

test("relaxed arithmetic trains to the same losses, nearly", async () => {
  const losses = async (arithmetic: "portable" | "relaxed"): Promise<number[]> => {
    const engine = await engineOf(small, { arithmetic });
    return Array.from({ length: 10 }, () => engine.trainStep(randomBatch(small, 32, 1)).loss);
  };
  const [a, b] = [await losses("portable"), await losses("relaxed")];
  a.forEach((loss, i) => {
    expect(Math.abs(loss - b[i]!)).toBeLessThan(1e-4);
  });
});
