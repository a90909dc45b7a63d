import { ReadError } from "../../errors.ts";
import type { WorkerPort } from "../../port.ts";
import { learningRateOf } from "../optimizers.ts";
import { type CheckedBatch, checkBatch } from "./batch.ts";
import type { Batch, Engine, EngineOptions, EngineState, SampleArray, StepResult } from "./engine.ts";
import type { Executor, Profile } from "./executor.ts";
import type { Graph } from "./graph.ts";
import { LANE, type Memory } from "./host/tile.ts";
import { copyIn, copyOut } from "./parameter-copy.ts";
import { parametersOf } from "./parameters.ts";
import { PASS_KINDS, type ParameterPlan, type PassKind, type Plan } from "./plan.ts";
import { penaltyOf } from "./reference/update.ts";
import type { ResolvedGraph } from "./resolve.ts";
import { sizeOf } from "./shape.ts";
import { stepNumbers } from "./wasm/update.ts";

/** The engine proper: a plan, its memory, and threads that run it. */
export class WasmEngine implements Engine {
  readonly backend = "wasm";
  readonly graph: Graph;
  readonly plan: Plan;
  readonly outputShape: readonly number[];
  readonly parameters: Engine["parameters"];
  learningRate: number;
  #step = 0;
  readonly #resolved: ResolvedGraph;
  readonly #options: EngineOptions;
  readonly #executor: Executor;
  readonly #ports: readonly WorkerPort[];
  readonly #memory: Memory;
  /** Weights as they were last set, for the numbers that the engine does not keep. */
  readonly #outside = new Map<string, Float32Array>();
  #state: "open" | "failed" | "closed" = "open";

  constructor(
    graph: Graph,
    resolved: ResolvedGraph,
    plan: Plan,
    executor: Executor,
    ports: readonly WorkerPort[],
    options: EngineOptions,
  ) {
    this.graph = graph;
    this.plan = plan;
    this.#resolved = resolved;
    this.#options = options;
    this.#executor = executor;
    this.#ports = ports;
    this.#memory = executor.memory;
    this.outputShape = resolved.nodes[resolved.output]!.shape;
    this.parameters = parametersOf(resolved);
    this.learningRate = options.optimizer ? learningRateOf(options.optimizer) : 0;
    for (const { name, shape } of plan.parameters) this.#outside.set(name, new Float32Array(sizeOf(shape)));
  }

  get threads(): number {
    return this.#executor.team.threads;
  }

  get step(): number {
    return this.#step;
  }

  /** Hears how long each phase takes on the caller's thread; null: nobody listens. */
  set profile(profile: Profile | null) {
    this.#executor.profile = profile;
  }

  trainStep(batch: Batch): StepResult {
    const { optimizer } = this.#options;
    if (!optimizer)
      throw new ReadError("bad-option", "The engine was made without an optimizer and cannot train.");
    const samples = this.#give(batch, true);
    const penalty = this.#penalty();
    const { floats } = this.#memory;
    floats.set(
      stepNumbers(optimizer, this.learningRate, this.#step + 1),
      this.plan.addresses.stepNumbers >> 2,
    );
    this.#run("train", samples);
    this.#step++;
    return { loss: this.#lossOf(samples) + penalty, predictions: this.#predictions(samples) };
  }

  evaluate(batch: Batch): StepResult {
    const samples = this.#give(batch, true);
    this.#run("evaluate", samples);
    return { loss: this.#lossOf(samples) + this.#penalty(), predictions: this.#predictions(samples) };
  }

  predict(batch: Pick<Batch, "inputs" | "rows">): Float32Array {
    const { batchSize, outputSize } = this.plan;
    const { samples, row } = checkBatch(this.#resolved, batch, Number.POSITIVE_INFINITY, null);
    const all = new Float32Array(samples * outputSize);
    for (let first = 0; first < samples; first += batchSize) {
      const count = Math.min(batchSize, samples - first);
      this.#copyInputs(batch.inputs, { samples: count, row: (n) => row(first + n) });
      this.#run("predict", count);
      all.set(this.#predictions(count), first * outputSize);
    }
    return all;
  }

  getWeights(): Map<string, Float32Array> {
    const all = new Map([...this.#outside].map(([name, values]) => [name, new Float32Array(values.length)]));
    this.readWeights(all);
    return all;
  }

  readWeights(target: ReadonlyMap<string, Float32Array>): void {
    for (const plan of this.plan.parameters) {
      const whole = target.get(plan.name);
      if (whole === undefined) continue;
      whole.set(this.#outside.get(plan.name)!);
      copyOut(plan, this.#memory.floats, plan.address >> 2, whole);
    }
  }

  /** The last training step's gradients of the trained parameters (clipped where the optimizer clips by norm). */
  readGradients(): Map<string, Float32Array> {
    const { trained, parameters } = this.plan;
    return new Map(
      parameters.flatMap((plan) => {
        if (!plan.trainable) return [];
        const whole = new Float32Array(sizeOf(plan.shape));
        copyOut(plan, this.#memory.floats, (plan.address - trained.weights + trained.gradients) >> 2, whole);
        return [[plan.name, whole] as const];
      }),
    );
  }

  setWeights(weights: ReadonlyMap<string, Float32Array>): void {
    for (const [name, values] of weights) {
      const plan = this.#parameter(name, "parameter", values.length);
      this.#outside.get(name)!.set(values);
      copyIn(plan, values, this.#memory.floats, plan.address >> 2);
    }
  }

  state(): EngineState {
    const slots = new Map<string, Float32Array>();
    this.#eachSlot((name, plan, at) => {
      const whole = new Float32Array(sizeOf(plan.shape));
      copyOut(plan, this.#memory.floats, at, whole);
      slots.set(name, whole);
    });
    return { step: this.#step, learningRate: this.learningRate, slots };
  }

  restore(state: EngineState): void {
    const places = new Map<string, readonly [ParameterPlan, number]>();
    this.#eachSlot((name, plan, at) => places.set(name, [plan, at]));
    for (const [name, values] of state.slots) {
      const place = places.get(name);
      if (!place) throw new ReadError("bad-option", `There is no optimizer slot "${name}".`);
      this.#checkLength(name, "optimizer slot", sizeOf(place[0].shape), values.length);
      copyIn(place[0], values, this.#memory.floats, place[1]);
    }
    this.#step = state.step;
    this.learningRate = state.learningRate;
  }

  close(): void {
    this.#state = "closed";
    for (const port of this.#ports) port.terminate();
  }

  #eachSlot(visit: (name: string, plan: ParameterPlan, at: number) => void): void {
    const { trained, parameters } = this.plan;
    for (const plan of parameters) {
      if (!plan.trainable) continue;
      for (const [slot, address] of trained.slots) {
        visit(`${plan.name}/${slot}`, plan, (plan.address - trained.weights + address) >> 2);
      }
    }
  }

  #parameter(name: string, what: string, length: number): ParameterPlan {
    const plan = this.plan.parameters.find((parameter) => parameter.name === name);
    if (!plan) throw new ReadError("bad-option", `There is no ${what} "${name}".`);
    this.#checkLength(name, what, sizeOf(plan.shape), length);
    return plan;
  }

  #checkLength(name: string, what: string, expected: number, found: number): void {
    if (expected !== found) {
      throw new ReadError(
        "bad-option",
        `The ${what} ${name} has ${expected} numbers; it was given ${found}.`,
      );
    }
  }

  /** Copies a batch into the engine's memory and returns how many samples it has. */
  #give(batch: Batch, targets: boolean): number {
    const { loss, addresses } = this.plan;
    if (loss === null) throw new ReadError("bad-option", "The engine was made without a loss.");
    const checked = checkBatch(this.#resolved, batch, this.plan.batchSize, targets ? loss.targetSize : null);
    const { samples, row } = checked;
    const { floats } = this.#memory;
    const size = loss.targetSize;
    for (let n = 0; n < samples; n++) {
      const from = row(n) * size;
      const to = (addresses.targets >> 2) + n * size;
      for (let i = 0; i < size; i++) floats[to + i] = batch.targets![from + i]!;
      floats[(addresses.sampleWeights >> 2) + n] = batch.sampleWeights?.[row(n)] ?? 1;
    }
    this.#copyInputs(batch.inputs, checked);
    return samples;
  }

  #copyInputs(arrays: readonly SampleArray[], { samples, row }: CheckedBatch): void {
    this.plan.inputs.forEach(({ size, bytes, stage, table }, k) => {
      const array = arrays[k]!;
      const memory = bytes ? this.#memory.bytes : this.#memory.floats;
      const start = bytes ? stage : stage >> 2;
      // Samples that follow each other in the array are copied at once.
      for (let n = 0; n < samples; ) {
        let end = n + 1;
        while (end < samples && row(end) === row(end - 1) + 1) end++;
        memory.set(array.subarray(row(n) * size, (row(n) + end - n) * size), start + n * size);
        n = end;
      }
      const sampleBytes = bytes ? size : size * 4;
      // Places without a sample of their own repeat the first one; their gradients are zero.
      const padded = Math.ceil(samples / LANE) * LANE;
      for (let n = 0; n < padded; n++)
        this.#memory.words[(table >> 2) + n] = stage + (n < samples ? n : 0) * sampleBytes;
    });
  }

  #run(kind: PassKind, samples: number): void {
    if (this.#state !== "open") {
      throw new ReadError(
        "bad-option",
        this.#state === "closed" ? "The engine was closed." : "The engine failed before and cannot go on.",
      );
    }
    const seed = this.#options.seed ?? 0;
    const { team } = this.#executor;
    try {
      team.call([PASS_KINDS.indexOf(kind), samples, this.#step, seed]);
      this.#executor.run({ kind, samples, step: this.#step, seed: seed | 0 });
    } catch (cause) {
      this.#state = "failed";
      team.fail();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ReadError("refused", `The engine's pass could not be finished: ${reason}.`, { cause });
    }
  }

  #lossOf(samples: number): number {
    const { loss, addresses } = this.plan;
    const rows = loss?.rows ?? 0;
    const first = addresses.rowLosses >> 3;
    let sum = 0;
    for (let i = 0; i < Math.ceil(samples / LANE) * rows; i++) sum += this.#memory.doubles[first + i]!;
    return sum / (samples * rows);
  }

  #penalty(): number {
    let sum = 0;
    for (const node of this.#resolved.nodes) {
      for (const { name, rule } of node.parameters) {
        if (!rule.l1 && !rule.l2) continue;
        const { address, length } = this.plan.parameters.find((plan) => plan.name === name)!;
        sum += penaltyOf(rule, this.#memory.floats.subarray(address >> 2, (address >> 2) + length));
      }
    }
    return sum;
  }

  #predictions(samples: number): Float32Array {
    const first = this.plan.addresses.predictions >> 2;
    return Float32Array.from(this.#memory.floats.subarray(first, first + samples * this.plan.outputSize));
  }
}
