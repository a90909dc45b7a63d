import { ReadError } from "../../../errors.ts";
import { rowLoss } from "../../losses.ts";
import { learningRateOf, slotsOf } from "../../optimizers.ts";
import { type CheckedBatch, checkBatch } from "../batch.ts";
import type { Batch, Engine, EngineOptions, EngineState, StepResult } from "../engine.ts";
import type { Graph } from "../graph.ts";
import { type LossNode, lossNode } from "../loss-node.ts";
import { parametersOf } from "../parameters.ts";
import { type ResolvedGraph, type ResolvedParameter, resolveGraph } from "../resolve.ts";
import { sizeOf } from "../shape.ts";
import { applyNode } from "./apply.ts";
import type { Applied, Numbers, Pass } from "./layer.ts";
import { addPenaltySlope, clipGradients, constrain, penaltyOf, updateParameter } from "./update.ts";

/** What a backward pass finds. */
export interface Gradients {
  readonly loss: number;
  readonly parameters: ReadonlyMap<string, Numbers>;
}

/**
 * The engine in naive float64: every formula written out once, no tricks, slow. The fast engine is checked against
 * it, and it stands in where WebAssembly has no SIMD.
 */
export class ReferenceEngine implements Engine {
  readonly backend = "reference";
  readonly threads = 1;
  readonly plan = null;
  readonly graph: Graph;
  readonly outputShape: readonly number[];
  readonly parameters: Engine["parameters"];
  learningRate: number;
  #step = 0;
  readonly #options: EngineOptions;
  readonly #resolved: ResolvedGraph;
  readonly #loss: LossNode | null;
  readonly #weights = new Map<string, Numbers>();
  readonly #slots = new Map<string, Numbers>();

  constructor(graph: Graph, options: EngineOptions) {
    this.graph = graph;
    this.#options = options;
    this.#resolved = resolveGraph(graph);
    this.#loss = options.loss ? lossNode(this.#resolved, options.loss) : null;
    this.outputShape = this.#resolved.nodes[this.#resolved.output]!.shape;
    this.parameters = parametersOf(this.#resolved);
    this.learningRate = options.optimizer ? learningRateOf(options.optimizer) : 0;
    for (const { name, shape, trainable } of this.parameters) {
      this.#weights.set(name, new Float64Array(sizeOf(shape)));
      if (!options.optimizer || !trainable) continue;
      for (const slot of slotsOf(options.optimizer))
        this.#slots.set(`${name}/${slot}`, new Float64Array(sizeOf(shape)));
    }
  }

  get step(): number {
    return this.#step;
  }

  trainStep(batch: Batch): StepResult {
    const { optimizer } = this.#options;
    if (!optimizer)
      throw new ReadError("bad-option", "The engine was made without an optimizer and cannot train.");
    const { loss, predictions, gradients } = this.#pass(batch, true);
    this.#step++;
    const trained = this.#trainable();
    for (const { name, rule } of trained)
      addPenaltySlope(rule, this.#weights.get(name)!, gradients.get(name)!);
    clipGradients(
      optimizer,
      trained.map(({ name }) => gradients.get(name)!),
    );
    for (const { name, rule, shape } of trained) {
      const slots = slotsOf(optimizer).map((slot) => this.#slots.get(`${name}/${slot}`)!);
      const weights = this.#weights.get(name)!;
      updateParameter(optimizer, this.learningRate, this.#step, weights, gradients.get(name)!, slots);
      constrain(rule, shape, weights);
      for (const values of [weights, ...slots]) roundToFloat32(values);
    }
    return { loss, predictions };
  }

  evaluate(batch: Batch): StepResult {
    const { loss, predictions } = this.#pass(batch, false);
    return { loss, predictions };
  }

  /** The loss in training mode and its gradient by every parameter, penalties left out; changes nothing. */
  gradients(batch: Batch): Gradients {
    const before = new Map([...this.#weights].map(([name, values]) => [name, values.slice()]));
    const { loss, gradients } = this.#pass(batch, true);
    for (const [name, values] of before) this.#weights.set(name, values);
    return { loss, parameters: gradients };
  }

  predict(batch: Pick<Batch, "inputs" | "rows">): Float32Array {
    const checked = checkBatch(this.#resolved, batch, Number.POSITIVE_INFINITY, null);
    return Float32Array.from(this.#forward(batch, checked, false)[this.#resolved.output]!.value);
  }

  getWeights(): Map<string, Float32Array> {
    return new Map([...this.#weights].map(([name, values]) => [name, Float32Array.from(values)]));
  }

  readWeights(target: ReadonlyMap<string, Float32Array>): void {
    for (const [name, values] of this.#weights) target.get(name)?.set(values);
  }

  setWeights(weights: ReadonlyMap<string, ArrayLike<number>>): void {
    setAll(this.#weights, weights, "parameter");
  }

  state(): EngineState {
    const slots = new Map([...this.#slots].map(([name, values]) => [name, Float32Array.from(values)]));
    return { step: this.#step, learningRate: this.learningRate, slots };
  }

  restore(state: EngineState): void {
    setAll(this.#slots, state.slots, "optimizer slot");
    this.#step = state.step;
    this.learningRate = state.learningRate;
  }

  close(): void {
    this.#weights.clear();
    this.#slots.clear();
  }

  #trainable(): readonly ResolvedParameter[] {
    return this.#resolved.nodes.flatMap((node) => node.parameters.filter(({ trainable }) => trainable));
  }

  #forward(batch: Batch, { samples, row }: CheckedBatch, training: boolean): Applied[] {
    const { nodes, inputs } = this.#resolved;
    const pass: Pass = { samples, training, seed: this.#options.seed ?? 0, step: this.#step };
    const applied: Applied[] = [];
    nodes.forEach((node, index) => {
      if (node.op.kind === "input") {
        const array = batch.inputs[inputs.indexOf(index)]!;
        const size = sizeOf(node.shape);
        const scale = node.op.dtype === "uint8" ? (node.op.scale ?? 1 / 255) : 1;
        const value = new Float64Array(samples * size);
        for (let i = 0; i < value.length; i++)
          value[i] = array[row(Math.floor(i / size)) * size + (i % size)]! * scale;
        applied.push({ value, backward: () => ({ inputs: [], parameters: [] }) });
        return;
      }
      const values = node.inputs.map((i) => applied[i]!.value);
      const shapes = node.inputs.map((i) => nodes[i]!.shape);
      const parameters = node.parameters.map(({ name }) => this.#weights.get(name)!);
      applied.push(applyNode(node, index, values, shapes, parameters, pass));
    });
    return applied;
  }

  #pass(batch: Batch, training: boolean): StepResult & { gradients: Map<string, Numbers> } {
    const lossAt = this.#loss;
    if (!lossAt) throw new ReadError("bad-option", "The engine was made without a loss.");
    const checked = checkBatch(this.#resolved, batch, this.#options.batchSize, lossAt.targetSize);
    const applied = this.#forward(batch, checked, training);
    const { loss, slope } = takeLoss(lossAt, applied[lossAt.node]!.value, batch, checked);
    let penalty = 0;
    for (const { parameters } of this.#resolved.nodes) {
      for (const { name, rule } of parameters) penalty += penaltyOf(rule, this.#weights.get(name)!);
    }
    const gradients = training ? this.#backward(applied, lossAt.node, slope) : new Map<string, Numbers>();
    for (const [index, { averaged }] of applied.entries()) {
      const { parameters } = this.#resolved.nodes[index]!;
      for (const [k, values] of averaged ?? [])
        this.#weights.set(parameters[k]!.name, roundToFloat32(values));
    }
    return {
      loss: loss + penalty,
      predictions: Float32Array.from(applied[this.#resolved.output]!.value),
      gradients,
    };
  }

  #backward(applied: readonly Applied[], from: number, slope: Numbers): Map<string, Numbers> {
    const gradients = new Map<string, Numbers>();
    const slopes = new Map([[from, slope]]);
    const add = (old: Numbers | undefined, more: Numbers): Numbers =>
      old ? old.map((v, i) => v + more[i]!) : more;
    for (let index = from; index >= 0; index--) {
      const node = this.#resolved.nodes[index]!;
      const own = slopes.get(index) ?? new Float64Array(applied[index]!.value.length);
      const back = applied[index]!.backward(own);
      node.inputs.forEach((input, k) => {
        slopes.set(input, add(slopes.get(input), back.inputs[k]!));
      });
      node.parameters.forEach(({ name }, k) => {
        gradients.set(name, back.parameters[k]!);
      });
    }
    for (const { name, shape } of this.parameters)
      if (!gradients.has(name)) gradients.set(name, new Float64Array(sizeOf(shape)));
    return gradients;
  }
}

/** Between steps numbers are float32, so that a run can be stopped and go on from what was saved. */
function roundToFloat32(values: Numbers): Numbers {
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]!);
  return values;
}

function takeLoss(
  at: LossNode,
  values: Numbers,
  batch: Batch,
  { samples, row }: CheckedBatch,
): { loss: number; slope: Numbers } {
  const { rows, channels, spec } = at;
  const { evaluate, targetSize } = rowLoss(spec, channels);
  const slope = new Float64Array(values.length);
  const gradient = new Float64Array(channels);
  let sum = 0;
  for (let n = 0; n < samples; n++) {
    const weight = batch.sampleWeights?.[row(n)] ?? 1;
    for (let r = 0; r < rows; r++) {
      const start = (n * rows + r) * channels;
      const from = (row(n) * rows + r) * targetSize;
      const target = Float64Array.from(batch.targets!.subarray(from, from + targetSize));
      sum += weight * evaluate(target, values.subarray(start, start + channels), gradient);
      for (let c = 0; c < channels; c++) slope[start + c] = (gradient[c]! * weight) / (samples * rows);
    }
  }
  return { loss: sum / (samples * rows), slope };
}

function setAll(
  into: Map<string, Numbers>,
  from: ReadonlyMap<string, ArrayLike<number>>,
  what: string,
): void {
  for (const [name, values] of from) {
    const old = into.get(name);
    if (!old) throw new ReadError("bad-option", `There is no ${what} "${name}".`);
    if (old.length !== values.length) {
      throw new ReadError(
        "bad-option",
        `The ${what} ${name} has ${old.length} numbers; it was given ${values.length}.`,
      );
    }
    old.set(values);
  }
}
