import type { OptimizerSpec } from "../../optimizers.ts";
import { slotsOf } from "../../optimizers.ts";
import type { HostCall } from "../host/host-call.ts";
import { LANE } from "../host/tile.ts";
import type { LossNode } from "../loss-node.ts";
import type { Extra, InputPlan, Link, ParameterPlan, PassKind, Phase, Stage } from "../plan.ts";
import type { ResolvedGraph, ResolvedNode } from "../resolve.ts";
import { sizeOf } from "../shape.ts";
import { type Arithmetic, LANE_BYTES } from "../wasm/blocks.ts";
import { andV, greaterF, zero } from "../wasm/encoder.ts";
import type { FunctionBuilder } from "../wasm/module.ts";
import { emitPointwise, emitUnpackBytes } from "../wasm/pointwise.ts";
import { MemoryMap } from "./memory.ts";
import { layoutOf, padded, trimsKernel } from "./parameter-layout.ts";
import type { ValuePlan } from "./value.ts";

export const ALL: readonly PassKind[] = ["train", "evaluate", "predict"];
export const TRAIN: readonly PassKind[] = ["train"];
export const IN_USE: readonly PassKind[] = ["evaluate", "predict"];

/** Ranges that a phase is cut into: enough to balance a busy core, few enough to cost nothing. */
const PIECES = 16;

/** What a phase may leave out. */
export interface PhaseOptions {
  readonly passes?: readonly PassKind[];
  readonly barrier?: boolean;
  readonly extra?: Extra;
  readonly pieces?: number;
}

/** Gathers memory, kernels and phases while the layers of a graph are lowered one by one. */
export class Planner {
  readonly graph: ResolvedGraph;
  readonly loss: LossNode | null;
  readonly optimizer: OptimizerSpec | null;
  readonly arithmetic: Arithmetic;
  readonly batchSize: number;
  readonly tiles: number;
  readonly memory = new MemoryMap();
  /** The tiles' values. Its addresses are relative: kernels are given where a tile's memory begins. */
  readonly arena: MemoryMap;
  readonly phases: Phase[] = [];
  readonly kernels: FunctionBuilder[] = [];
  readonly values: ValuePlan[] = [];
  readonly inputs: InputPlan[] = [];
  readonly parameters = new Map<string, ParameterPlan>();
  /** Address of the lane marks in the arena. */
  readonly lanes: number;
  readonly trained: { weights: number; bytes: number; gradients: number; slots: [string, number][] };
  /** Bytes of transformed inputs that are kept for the way back. */
  keptPoints = 0;
  #resident = false;
  readonly #unpacked = new Map<ValuePlan, ValuePlan>();

  constructor(
    graph: ResolvedGraph,
    loss: LossNode | null,
    optimizer: OptimizerSpec | null,
    batchSize: number,
    arithmetic: Arithmetic,
  ) {
    this.graph = graph;
    this.loss = loss;
    this.optimizer = optimizer;
    this.batchSize = batchSize;
    this.tiles = Math.ceil(batchSize / LANE);
    this.arithmetic = arithmetic;
    this.arena = new MemoryMap();
    this.trained = this.#placeParameters();
    this.lanes = this.arena.take("lane marks", LANE_BYTES);
  }

  get training(): boolean {
    return this.loss !== null && this.optimizer !== null;
  }

  get resident(): boolean {
    return this.#resident;
  }

  /** Every tile needs memory of its own, because some phase looks at the whole batch. */
  keepAllTiles(): void {
    this.#resident = true;
  }

  /** A kernel, and a phase that runs it. */
  kernel(
    label: string,
    stage: Stage,
    units: number,
    kernel: FunctionBuilder,
    options: PhaseOptions = {},
  ): void {
    this.kernels.push(kernel);
    const extra = options.extra ?? { kind: "none" };
    const pieces = extra.kind === "shard" ? extra.shards : (options.pieces ?? PIECES);
    this.#phase(label, stage, units, pieces, { kind: "kernel", kernel: kernel.name, extra }, options);
  }

  /** Kernels that take turns on each unit. */
  rows(label: string, stage: Stage, units: number, links: readonly Link[], options: PhaseOptions = {}): void {
    this.#phase(label, stage, units, options.pieces ?? PIECES, { kind: "rows", links }, options);
  }

  host(label: string, stage: Stage, units: number, call: HostCall, options: PhaseOptions = {}): void {
    this.#phase(label, stage, units, options.pieces ?? PIECES, { kind: "host", call }, options);
  }

  /** A host phase that is done once for all tiles. */
  once(label: string, stage: Stage, units: number, call: HostCall, passes: readonly PassKind[]): void {
    this.phases.push({
      label,
      stage,
      passes,
      work: { kind: "host", call },
      units,
      pieces: PIECES,
      once: true,
      barrier: true,
    });
  }

  phase(phase: Phase): void {
    this.phases.push(phase);
  }

  /** What comes next may depend on everything so far. */
  closePhase(): void {
    const last = this.phases.at(-1);
    if (last && !last.barrier) this.phases[this.phases.length - 1] = { ...last, barrier: true };
  }

  /** A kernel's name that no other has. */
  name(purpose: string): string {
    return `${purpose}${this.kernels.length}`;
  }

  /** A value of a node, with memory for it and, where asked for, its gradient. */
  value(node: number, options: { bytes?: boolean; scale?: number | null } = {}): ValuePlan {
    const { name, shape } = this.graph.nodes[node]!;
    const size = sizeOf(shape);
    const bytes = options.scale === undefined || options.scale === null ? LANE_BYTES : LANE;
    const gradient = this.training && this.needsGradient(node);
    return {
      name,
      address: this.arena.take(name, size * bytes),
      size,
      scale: options.scale ?? null,
      gradient: gradient ? this.arena.take(`${name} gradient`, size * LANE_BYTES) : 0,
      readers: this.#readersOf(node),
      relu: false,
      written: false,
      masked: false,
    };
  }

  /** The value of a node's k-th input. */
  input(node: ResolvedNode, k = 0): ValuePlan {
    return this.values[node.inputs[k]!]!;
  }

  /** The same as float32: bytes are unpacked once, when first asked for. */
  floats(value: ValuePlan): ValuePlan {
    if (value.scale === null) return value;
    const known = this.#unpacked.get(value);
    if (known) return known;
    const address = this.arena.take(`${value.name} as float32`, value.size * LANE_BYTES);
    const kernel = emitUnpackBytes(this.name("unpack"), value.address, address, value.scale);
    this.kernel(`${value.name} to float32`, "forward", value.size, kernel);
    const unpacked = { ...value, address, scale: null };
    this.#unpacked.set(value, unpacked);
    return unpacked;
  }

  /** Whether some trained parameter lies before the node or in it. */
  needsGradient(node: number): boolean {
    const { inputs, parameters } = this.graph.nodes[node]!;
    return parameters.some(({ trainable }) => trainable) || inputs.some((input) => this.needsGradient(input));
  }

  /** The only node that takes a node's value, when that is a ReLU and nothing else looks at it. */
  fusedRelu(node: number): boolean {
    const takers = this.graph.nodes.filter(({ inputs }) => inputs.includes(node));
    const { op } = takers[0] ?? {};
    const watched = this.graph.output === node || this.loss?.node === node;
    return takers.length === 1 && !watched && op?.kind === "activation" && op.function === "relu";
  }

  /** Whether the gradient to be written must be added to what others wrote; from now on it must. */
  accumulates(value: ValuePlan): boolean {
    const before = value.written;
    value.written = true;
    return before;
  }

  /** Address of the ReLU's values when the only reader of `value` may apply the mask while it writes, else 0. */
  maskFor(value: ValuePlan): number {
    if (!value.relu || value.readers !== 1) return 0;
    value.masked = true;
    return value.address;
  }

  /**
   * The gradient of a value, ready to be handed on: zero where no reader wrote any, and cut by the fused ReLU.
   */
  finishGradient(value: ValuePlan): void {
    if (!value.written) {
      this.host(
        `clear ${value.name}`,
        "backward",
        value.size,
        { kind: "clear", target: value.gradient },
        { passes: TRAIN },
      );
      value.written = true;
    }
    if (!value.relu || value.masked) return;
    const kernel = emitPointwise(this.name("mask"), {
      inputs: [value.gradient, value.address],
      target: value.gradient,
      accumulate: false,
      value: (slope, x) => andV(slope!, greaterF(x!, zero)),
    });
    this.kernel(`relu mask ${value.name}`, "backward", value.size, kernel, { passes: TRAIN });
    value.masked = true;
  }

  parameter(node: ResolvedNode, parameter: string): ParameterPlan | null {
    return this.parameters.get(`${node.name}/${parameter}`) ?? null;
  }

  /** Address of a trained parameter's gradient, or 0. */
  gradientOf(parameter: ParameterPlan | null): number {
    if (parameter === null || !parameter.trainable || !this.training) return 0;
    return parameter.address - this.trained.weights + this.trained.gradients;
  }

  #phase(
    label: string,
    stage: Stage,
    units: number,
    pieces: number,
    work: Phase["work"],
    options: PhaseOptions,
  ): void {
    const { passes = ALL, barrier = true } = options;
    const once = stage === "prepare" || stage === "reduce" || stage === "update";
    this.phases.push({ label, stage, passes, work, units, pieces, once, barrier });
  }

  /** Nodes that read the node's value; those that only rename it count by their own readers. */
  #readersOf(node: number): number {
    let readers = this.loss?.node === node ? 1 : 0;
    this.graph.nodes.forEach(({ inputs, op }, index) => {
      if (!inputs.includes(node)) return;
      const renames = op.kind === "reshape" || (op.kind === "activation" && op.function === "linear");
      const fused = op.kind === "activation" && op.function === "relu" && this.fusedRelu(node);
      readers += renames || fused ? this.#readersOf(index) : inputs.filter((input) => input === node).length;
    });
    return readers;
  }

  #placeParameters(): Planner["trained"] {
    const all = this.graph.nodes.flatMap((node) => node.parameters.map((parameter) => ({ node, parameter })));
    const place = (trainable: boolean): readonly [start: number, bytes: number] => {
      const some = all.filter(({ parameter }) => parameter.trainable === trainable);
      const sizes = some.map(({ node, parameter }) =>
        layoutOf(this.graph, node, parameter, this.trims(node)),
      );
      const total = sizes.reduce((sum, { length }) => sum + padded(length) * 4, 0);
      const start = this.memory.take(trainable ? "trained weights" : "other weights", total);
      let address = start;
      some.forEach(({ parameter }, i) => {
        const layout = sizes[i]!;
        const { name, shape } = parameter;
        this.parameters.set(name, { name, shape, trainable, address, ...layout });
        address += padded(layout.length) * 4;
      });
      return [start, total];
    };
    place(false);
    const [weights, bytes] = place(true);
    const more = (name: string): number => (this.training ? this.memory.take(name, bytes) : 0);
    const gradients = more("gradients");
    const slots = this.optimizer && this.training ? slotsOf(this.optimizer) : [];
    return { weights, bytes, gradients, slots: slots.map((slot) => [slot, more(slot)]) };
  }

  /** Whether the taps of a node's kernel that meet only padding stay outside. */
  trims(node: ResolvedNode): boolean {
    return trimsKernel(node, this.optimizer);
  }
}
