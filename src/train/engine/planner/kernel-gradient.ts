import type { ParameterPlan } from "../plan.ts";
import type { ResolvedNode } from "../resolve.ts";
import { type CanonicalConv, sizeOf } from "../shape.ts";
import { emitBiasGradient } from "../wasm/bias-gradient.ts";
import { VECTOR } from "../wasm/blocks.ts";
import { emitConvKernelGradient } from "../wasm/conv-kernel-gradient.ts";
import { emitReduce } from "../wasm/reduce.ts";
import { rowsOf, tapsOf } from "./conv-geometry.ts";
import { type Planner, TRAIN } from "./planner.ts";
import type { ValuePlan } from "./value.ts";

/** Shards that a kernel gradient is summed in: a number of its own, so that no thread count changes the sums. */
const SHARDS = 8;
/** The most memory that the shards of one layer may take. */
const SHARD_BYTES = 32 * 2 ** 20;

/** What a convolution's kernel gradient is made from. */
export interface KernelGradient {
  /** What the convolution reads; for a transposed one the gradient of its output. */
  readonly x: ValuePlan;
  readonly dy: number;
  readonly kernel: ParameterPlan;
  readonly bias: ParameterPlan | null;
  /** Whether `dy` is the gradient of what the bias was added to. */
  readonly inlineBias: boolean;
}

/** Plans the gradients of a convolution's kernel and biases. */
export function kernelGradient(
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
    const positions = sizeOf(conv.axes.map((axis) => axis.input));
    biasGradient(planner, node, positions, conv.channels * conv.groups, x.address, toBias);
  }
}

/** Sums a gradient over positions and samples. */
export function biasGradient(
  planner: Planner,
  node: ResolvedNode,
  positions: number,
  channels: number,
  dy: number,
  target: number,
): void {
  const emitted = emitBiasGradient(planner.name("bias"), { channels, dy });
  sharded(planner, node, "bias", positions, channels, emitted).reduce(0, channels, target, 1);
}

/** A phase that sums into shards, and the phases that sum the shards. */
export function sharded(
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
