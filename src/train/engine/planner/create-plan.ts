import type { OptimizerSpec } from "../../optimizers.ts";
import type { ParameterView } from "../host/host-call.ts";
import { LANE } from "../host/tile.ts";
import type { LossNode } from "../loss-node.ts";
import type { Plan } from "../plan.ts";
import type { ResolvedGraph } from "../resolve.ts";
import { sizeOf } from "../shape.ts";
import type { Arithmetic } from "../wasm/blocks.ts";
import { LANE_BYTES, VECTOR } from "../wasm/blocks.ts";
import type { FunctionBuilder } from "../wasm/module.ts";
import { emitPack, leastRow } from "../wasm/pack.ts";
import { emitUpdate, STEP_NUMBERS } from "../wasm/update.ts";
import { lowerBatchNorm } from "./lower-batch-norm.ts";
import { type Backward, lowerConv, lowerTransposedConv } from "./lower-conv.ts";
import { lowerDense } from "./lower-dense.ts";
import { lowerActivation, lowerDropout, lowerMerge, lowerSoftmax, rename } from "./lower-pointwise.ts";
import { lowerConcatenate, lowerMove, lowerPool } from "./lower-spatial.ts";
import { isMatrix } from "./parameter-layout.ts";
import { ALL, Planner, TRAIN } from "./planner.ts";

/** Bytes of what threads tell each other: the command, the barrier, the counters of work. */
const CONTROL_BYTES = 1024;

/** What a graph is planned for. */
export interface PlanOptions {
  readonly batchSize: number;
  readonly loss: LossNode | null;
  readonly optimizer: OptimizerSpec | null;
  readonly arithmetic: Arithmetic;
}

/** Plans a graph: pure, the same for any number of threads. Throws `limit` when it cannot fit into memory. */
export function createPlan(
  graph: ResolvedGraph,
  options: PlanOptions,
): { plan: Plan; kernels: readonly FunctionBuilder[] } {
  const { batchSize, loss, optimizer } = options;
  const planner = new Planner(graph, loss, optimizer, batchSize, options.arithmetic);
  const { memory, arena, tiles } = planner;
  const samples = tiles * LANE;
  const outputSize = sizeOf(graph.nodes[graph.output]!.shape);
  const addresses = {
    control: memory.take("control", CONTROL_BYTES),
    stepNumbers: memory.take("numbers of the step", STEP_NUMBERS * 4),
    sampleWeights: memory.take("sample weights", samples * 4),
    targets: memory.take("targets", samples * (loss?.targetSize ?? 0) * 4),
    rowLosses: memory.take("losses by row", tiles * (loss?.rows ?? 0) * 8),
    predictions: memory.take("predictions", samples * outputSize * 4),
  };
  planner.host("mark lanes", "forward", 1, { kind: "lanes", target: planner.lanes });
  const backwards = graph.nodes.map((_, index) => lowerNode(planner, index));
  takeLoss(planner);
  if (planner.training) {
    const reached = nodesBefore(graph, loss!.node);
    for (const index of [...reached].sort((a, b) => b - a)) {
      backwards[index]!();
      planner.closePhase();
    }
    update(planner, addresses.stepNumbers, reached);
  }
  const stride = arena.top;
  const resident = planner.resident;
  const plan: Plan = {
    batchSize,
    tiles,
    resident,
    arena: {
      address: memory.take(resident ? "all tiles" : "tile", stride * (resident ? tiles : 1)),
      stride: resident ? stride : 0,
    },
    regions: memory.regions,
    tileRegions: arena.regions,
    memoryBytes: memory.top,
    inputs: planner.inputs,
    addresses,
    parameters: [...planner.parameters.values()],
    trained: planner.trained,
    optimizer,
    outputSize,
    loss: loss && { rows: loss.rows, targetSize: loss.targetSize },
    phases: planner.phases,
  };
  return { plan, kernels: planner.kernels };
}

/** A node and all that its value depends on. */
function nodesBefore(graph: ResolvedGraph, node: number, found = new Set<number>()): Set<number> {
  if (found.has(node)) return found;
  found.add(node);
  for (const input of graph.nodes[node]!.inputs) nodesBefore(graph, input, found);
  return found;
}

function lowerNode(planner: Planner, index: number): Backward {
  const node = planner.graph.nodes[index]!;
  const { op } = node;
  switch (op.kind) {
    case "input":
      return placeInput(planner, index);
    case "conv":
      return lowerConv(planner, index);
    case "transposedConv":
      return lowerTransposedConv(planner, index);
    case "dense":
      return isMatrix(planner.graph, node) ? lowerDense(planner, index) : lowerConv(planner, index);
    case "activation":
      return lowerActivation(planner, index, op);
    case "softmax":
      return lowerSoftmax(planner, index);
    case "dropout":
      return lowerDropout(planner, index, op.rate, op.spatial ?? false);
    case "batchNorm":
      return lowerBatchNorm(planner, index, op);
    case "pool":
    case "globalPool":
      return lowerPool(planner, index, op.mode);
    case "zeroPadding":
    case "upSampling":
      return lowerMove(planner, index);
    case "reshape":
      return rename(planner, index);
    case "concatenate":
      return lowerConcatenate(planner, index);
    default:
      return lowerMerge(planner, index, op);
  }
}

function placeInput(planner: Planner, index: number): Backward {
  const { name, op, shape } = planner.graph.nodes[index]!;
  const bytes = op.kind === "input" && op.dtype === "uint8";
  const scale = op.kind === "input" && bytes ? (op.scale ?? 1 / 255) : null;
  const value = planner.value(index, { scale });
  planner.values[index] = value;
  const input = planner.inputs.length;
  planner.inputs.push({
    name,
    size: value.size,
    bytes,
    stage: planner.memory.take(`${name} batch`, planner.batchSize * value.size * (bytes ? 1 : 4)),
    table: planner.memory.take(`${name} sample addresses`, planner.tiles * LANE_BYTES),
  });
  const label = `pack ${name}`;
  if (value.size < leastRow(bytes)) {
    planner.host(label, "forward", value.size, { kind: "packSamples", input, bytes, target: value.address });
    return () => {};
  }
  const inRows = shape.length > 1 && value.size / shape[0]! >= leastRow(bytes);
  const rows = inRows ? shape[0]! : 1;
  const kernel = emitPack(planner.name("pack"), {
    rowLength: value.size / rows,
    bytes,
    target: value.address,
  });
  planner.kernel(label, "forward", rows, kernel, { extra: { kind: "samples", input } });
  return () => {};
}

function takeLoss(planner: Planner): void {
  const { loss, graph } = planner;
  const output = planner.floats(planner.values[graph.output]!);
  planner.host(
    "collect predictions",
    "loss",
    output.size,
    { kind: "collect", values: output.address },
    { passes: ALL },
  );
  if (loss === null) return;
  const value = planner.floats(planner.values[loss.node]!);
  if (value.gradient !== 0) planner.accumulates(value);
  const { spec, channels, rows } = loss;
  const call = {
    kind: "loss",
    spec,
    channels,
    rows,
    values: value.address,
    gradient: value.gradient,
  } as const;
  planner.host("loss", "loss", rows, call, { passes: ["train", "evaluate"] });
}

/** Penalties, clipping, the optimizer over all trained weights in one go, constraints. */
function update(planner: Planner, numbers: number, reached: ReadonlySet<number>): void {
  const { optimizer, trained } = planner;
  if (optimizer === null || trained.bytes === 0) return;
  const views: ParameterView[] = [];
  for (const [index, node] of planner.graph.nodes.entries()) {
    for (const { name, rule, trainable } of node.parameters) {
      const plan = planner.parameters.get(name)!;
      if (!trainable) continue;
      // Padded rows hold zeros, in the gradient too, so that they may be treated as weights.
      const shape = plan.window.map(([from, to]) => to - from);
      shape[shape.length - 1] = plan.rowStride;
      views.push({
        weights: plan.address,
        gradient: planner.gradientOf(plan),
        shape,
        rule,
        reached: reached.has(index),
      });
    }
  }
  const options = { passes: TRAIN };
  const penalized = views.filter(({ rule }) => rule.l1 || rule.l2);
  if (penalized.length > 0)
    planner.host("penalties", "update", 1, { kind: "penalty", parameters: penalized }, options);
  if (optimizer.clipNorm !== undefined || optimizer.globalClipNorm !== undefined) {
    planner.host("clip gradients", "update", 1, { kind: "clip", optimizer, parameters: views }, options);
  }
  const kernel = emitUpdate("update", {
    optimizer,
    weights: trained.weights,
    gradients: trained.gradients,
    slots: Object.fromEntries(trained.slots),
    numbers,
  });
  planner.kernel("update", "update", trained.bytes / VECTOR, kernel, options);
  const constrained = views.filter(({ rule }) => rule.maxNorm !== undefined);
  if (constrained.length > 0)
    planner.host("constraints", "update", 1, { kind: "constrain", parameters: constrained }, options);
}
