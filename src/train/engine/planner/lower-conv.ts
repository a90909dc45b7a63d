import { blocksOf } from "../host/layout.ts";
import type { ParameterPlan } from "../plan.ts";
import type { ResolvedNode } from "../resolve.ts";
import { type Axis, type CanonicalConv, canonicalConv, sizeOf, UNIT_AXIS } from "../shape.ts";
import { emitBiasGradient } from "../wasm/bias-gradient.ts";
import { VECTOR } from "../wasm/blocks.ts";
import { emitConvForward } from "../wasm/conv-forward.ts";
import { emitConvInputGradient } from "../wasm/conv-input-gradient.ts";
import { emitConvKernelGradient } from "../wasm/conv-kernel-gradient.ts";
import { emitReduce } from "../wasm/reduce.ts";
import { type Planner, TRAIN } from "./planner.ts";
import type { ValuePlan } from "./value.ts";

/** What lowering a node leaves to be done on the way back. */
export type Backward = () => void;

/** Shards that a kernel gradient is summed in: a number of its own, so that no thread count changes the sums. */
const SHARDS = 8;
/** The most memory that the shards of one layer may take. */
const SHARD_BYTES = 32 * 2 ** 20;

/** A convolution, or a dense layer on positions (one tap). */
export function lowerConv(planner: Planner, index: number): Backward {
  const node = planner.graph.nodes[index]!;
  const x = planner.input(node);
  const conv = canonicalOf(planner, node, x);
  const [kernel, bias] = [planner.parameter(node, "kernel")!, planner.parameter(node, "bias")];
  const relu = planner.fusedRelu(index);
  const y = planner.value(index);
  y.relu = relu;
  planner.values[index] = y;

  const packed = packKernel(planner, node, kernel, conv, false, x.scale ?? 1);
  const name = planner.name("conv");
  const spec = {
    conv,
    x: x.address,
    bytes: x.scale !== null,
    packed,
    bias: bias?.address ?? 0,
    y: y.address,
    accumulate: false,
    relu,
    mask: 0,
  };
  const emitted = emitConvForward(name, spec, planner.arithmetic);
  if (!fusePack(planner, node, conv, name, emitted)) {
    planner.kernel(node.name, "forward", rowsOf(conv.axes, "output"), emitted);
  }

  return () => {
    if (y.gradient === 0) return;
    planner.finishGradient(y);
    if (x.gradient !== 0) inputGradient(planner, node, conv, kernel, y, x);
    kernelGradient(planner, node, conv, { x, dy: y.gradient, kernel, bias, inlineBias: true });
  };
}

/** A transposed convolution: the input gradient of a convolution, run forward. */
export function lowerTransposedConv(planner: Planner, index: number): Backward {
  const node = planner.graph.nodes[index]!;
  const x = planner.floats(planner.input(node));
  const filters = node.shape.at(-1)!;
  const channels = planner.graph.nodes[node.inputs[0]!]!.shape.at(-1)!;
  const conv = canonicalConv(node.axes, filters, channels, 1, {
    trim: planner.trims(node),
    fold: false,
    first: false,
  });
  const [kernel, bias] = [planner.parameter(node, "kernel")!, planner.parameter(node, "bias")];
  const y = planner.value(index);
  y.relu = planner.fusedRelu(index);
  planner.values[index] = y;
  const target = {
    kernel,
    dy: x.address,
    dx: y.address,
    bias: bias?.address ?? 0,
    relu: y.relu,
    mask: 0,
    accumulate: false,
  };
  spread(planner, node, "forward", conv, target);

  return () => {
    if (y.gradient === 0) return;
    planner.finishGradient(y);
    if (x.gradient !== 0) {
      const packed = packKernel(planner, node, kernel, conv, false, 1, true);
      const accumulate = planner.accumulates(x);
      const spec = {
        conv,
        x: y.gradient,
        bytes: false,
        packed,
        bias: 0,
        y: x.gradient,
        accumulate,
        relu: false,
        mask: planner.maskFor(x),
      };
      const emitted = emitConvForward(planner.name("convT"), spec, planner.arithmetic);
      planner.kernel(`${node.name} input`, "backward", rowsOf(conv.axes, "output"), emitted, {
        passes: TRAIN,
        barrier: false,
      });
    }
    const big: ValuePlan = { ...y, address: y.gradient };
    kernelGradient(planner, node, conv, { x: big, dy: x.address, kernel, bias, inlineBias: false });
  };
}

function canonicalOf(planner: Planner, node: ResolvedNode, x: ValuePlan): CanonicalConv {
  const shape = planner.graph.nodes[node.inputs[0]!]!.shape;
  const channels = shape.at(-1)!;
  const filters = node.shape.at(-1)!;
  if (node.op.kind === "dense") {
    const positions = sizeOf(shape) / channels;
    const axes: Axis[] = [{ ...UNIT_AXIS, input: positions, output: positions }, UNIT_AXIS];
    return canonicalConv(axes, channels, filters, 1, { trim: false, fold: false, first: false });
  }
  const groups = node.op.kind === "conv" ? (node.op.groups ?? 1) : 1;
  return canonicalConv(node.axes, channels, filters, groups, {
    trim: planner.trims(node),
    fold: true,
    first: x.gradient === 0,
  });
}

const rowsOf = ([depth, height]: readonly [Axis, Axis, Axis], side: "input" | "output"): number =>
  depth[side] * height[side];

const tapsOf = ({ axes }: CanonicalConv): number => sizeOf(axes.map((axis) => axis.kernel));

/** Packs the weights at the start of each pass and returns where. */
function packKernel(
  planner: Planner,
  node: ResolvedNode,
  kernel: ParameterPlan,
  conv: CanonicalConv,
  flip: boolean,
  scale: number,
  training = flip,
): number {
  const { channels, filters, groups } = conv;
  const taps = tapsOf(conv);
  const target = planner.memory.take(
    `${node.name} packed${flip ? " and flipped" : ""}`,
    taps * channels * filters * 4,
  );
  const units = groups * blocksOf(flip ? channels : filters / groups);
  const call = {
    kind: "packKernel",
    source: kernel.address,
    target,
    taps,
    channels,
    filters,
    groups,
    flip,
    scale,
  } as const;
  planner.host(`pack ${node.name}`, "prepare", units, call, {
    barrier: false,
    ...(training ? { passes: TRAIN } : {}),
  });
  return target;
}

/**
 * When the input is packed for this layer alone and its windows do not overlap along the first axis, rows are packed
 * right before they are convolved.
 */
function fusePack(
  planner: Planner,
  node: ResolvedNode,
  conv: CanonicalConv,
  name: string,
  emitted: ReturnType<typeof emitConvForward>,
): boolean {
  const last = planner.phases.findLastIndex(({ stage }) => stage === "forward");
  const pack = planner.phases[last];
  const input = node.inputs[0]!;
  const { op, shape } = planner.graph.nodes[input]!;
  if (op.kind !== "input" || pack?.work.kind !== "kernel" || pack.work.extra.kind !== "samples") return false;
  const [depth, height] = conv.axes;
  const apart = height.stride >= height.kernel && height.dilation === 1 && height.before === 0;
  const alone =
    planner.values[input]!.readers === 1 &&
    planner.inputs[pack.work.extra.input]!.name === planner.graph.nodes[input]!.name;
  if (
    !alone ||
    !apart ||
    depth.output !== 1 ||
    depth.input !== 1 ||
    shape[0] !== height.input ||
    pack.units !== shape[0]
  )
    return false;
  planner.phases.splice(last, 1);
  planner.kernels.push(emitted);
  planner.phase({
    label: `pack and ${node.name}`,
    stage: "forward",
    passes: pack.passes,
    work: {
      kind: "packed-rows",
      pack: pack.work.kernel,
      kernel: name,
      stride: height.stride,
      count: height.kernel,
      input: pack.work.extra.input,
    },
    units: height.output,
    pieces: height.output,
    once: false,
    barrier: true,
  });
  return true;
}

function inputGradient(
  planner: Planner,
  node: ResolvedNode,
  conv: CanonicalConv,
  kernel: ParameterPlan,
  y: ValuePlan,
  x: ValuePlan,
): void {
  const accumulate = planner.accumulates(x);
  spread(planner, node, "backward", conv, {
    kernel,
    dy: y.gradient,
    dx: x.gradient,
    bias: 0,
    relu: false,
    mask: planner.maskFor(x),
    accumulate,
  });
}

interface Spread {
  readonly kernel: ParameterPlan;
  readonly dy: number;
  readonly dx: number;
  readonly bias: number;
  readonly relu: boolean;
  readonly mask: number;
  readonly accumulate: boolean;
}

/** From outputs to inputs: at stride 1 a convolution with the kernel turned around, else a gathering kernel. */
function spread(
  planner: Planner,
  node: ResolvedNode,
  stage: "forward" | "backward",
  conv: CanonicalConv,
  target: Spread,
): void {
  const { axes, channels, filters, groups } = conv;
  const options = stage === "backward" ? { passes: TRAIN, barrier: false } : {};
  const label = stage === "backward" ? `${node.name} input` : node.name;
  const { dy, dx, bias, relu, mask, accumulate } = target;
  if (axes.every(({ stride }) => stride === 1)) {
    const turned: CanonicalConv = {
      axes: [turnAxis(axes[0]), turnAxis(axes[1]), turnAxis(axes[2])],
      channels: filters / groups,
      stored: filters,
      filters: channels * groups,
      groups,
    };
    const packed = packKernel(planner, node, target.kernel, conv, true, 1, stage === "backward");
    const spec = { conv: turned, x: dy, bytes: false, packed, bias, y: dx, accumulate, relu, mask };
    const emitted = emitConvForward(planner.name("turned"), spec, planner.arithmetic);
    planner.kernel(label, stage, rowsOf(axes, "input"), emitted, options);
    return;
  }
  const spec = { conv, kernel: target.kernel.address, dy, dx, bias, accumulate, relu, mask };
  const emitted = emitConvInputGradient(planner.name("gather"), spec, planner.arithmetic);
  planner.kernel(label, stage, rowsOf(axes, "input"), emitted, options);
}

const turnAxis = ({ input, kernel, dilation, before, output }: Axis): Axis => ({
  input: output,
  kernel,
  stride: 1,
  dilation,
  before: (kernel - 1) * dilation - before,
  output: input,
});

interface KernelGradient {
  /** What the convolution reads; for a transposed one the gradient of its output. */
  readonly x: ValuePlan;
  readonly dy: number;
  readonly kernel: ParameterPlan;
  readonly bias: ParameterPlan | null;
  /** Whether `dy` is the gradient of what the bias was added to. */
  readonly inlineBias: boolean;
}

function kernelGradient(
  planner: Planner,
  node: ResolvedNode,
  conv: CanonicalConv,
  what: KernelGradient,
): void {
  const { x, dy, kernel, bias, inlineBias } = what;
  const [toKernel, toBias] = [planner.gradientOf(kernel), planner.gradientOf(bias)];
  const weights = tapsOf(conv) * conv.channels * conv.filters;
  if (toKernel !== 0 || (toBias !== 0 && inlineBias)) {
    const vectors = weights + (inlineBias ? conv.filters : 0);
    const spec = { conv, x: x.address, bytes: x.scale !== null, dy, bias: inlineBias && toBias !== 0 };
    const emitted = emitConvKernelGradient(planner.name("weights"), spec, planner.arithmetic);
    const shards = sharded(planner, node, "kernel", rowsOf(conv.axes, "output"), vectors, emitted);
    if (toKernel !== 0) shards.reduce(0, weights, toKernel, x.scale ?? 1);
    if (inlineBias && toBias !== 0) shards.reduce(weights, conv.filters, toBias, 1);
  }
  if (toBias !== 0 && !inlineBias) {
    const channels = conv.channels * conv.groups;
    const positions = sizeOf(conv.axes.map((axis) => axis.input));
    const emitted = emitBiasGradient(planner.name("bias"), { channels, dy: x.address });
    sharded(planner, node, "bias", positions, channels, emitted).reduce(0, channels, toBias, 1);
  }
}

/** A phase that sums into shards, and the phases that sum the shards. */
function sharded(
  planner: Planner,
  node: ResolvedNode,
  what: string,
  units: number,
  vectors: number,
  emitted: ReturnType<typeof emitBiasGradient>,
) {
  const bytes = vectors * VECTOR;
  const shards = Math.max(1, Math.min(SHARDS, units, Math.floor(SHARD_BYTES / bytes)));
  const address = planner.memory.take(`${node.name} ${what} gradient shards`, bytes * shards);
  planner.kernel(`${node.name} ${what}`, "backward", units, emitted, {
    passes: TRAIN,
    extra: { kind: "shard", address, bytes, shards },
  });
  return {
    reduce(first: number, count: number, target: number, scale: number): void {
      const spec = { vectors: address + first * VECTOR, shards, shardBytes: bytes, target, scale };
      planner.kernel(`${node.name} ${what} sums`, "reduce", count, emitReduce(planner.name("sum"), spec), {
        passes: TRAIN,
        barrier: false,
      });
    },
  };
}
