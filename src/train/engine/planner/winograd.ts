import { blocksOf } from "../host/layout.ts";
import type { ParameterPlan } from "../plan.ts";
import type { ResolvedNode } from "../resolve.ts";
import { type CanonicalConv, sizeOf, UNIT_AXIS } from "../shape.ts";
import { LANE_BYTES } from "../wasm/blocks.ts";
import { emitConvForward } from "../wasm/conv-forward.ts";
import { emitConvKernelGradient } from "../wasm/conv-kernel-gradient.ts";
import { POINTS, TILE_WIDTH } from "../wasm/winograd.ts";
import { emitFromPoints } from "../wasm/winograd-from-points.ts";
import { emitToPoints } from "../wasm/winograd-to-points.ts";
import { rowsOf } from "./conv-geometry.ts";
import { biasGradient, sharded } from "./kernel-gradient.ts";
import { type Planner, TRAIN } from "./planner.ts";
import type { Spread } from "./spread.ts";

/** Fewer channels or filters than this do not pay for the transforms. */
const LEAST_CHANNELS = 8;
/** The most memory that a tile's transformed values may take: larger networks need it for their values. */
const MOST_BYTES = 32 * 2 ** 20;
/** The most that all layers together may keep of it for the way back; the others transform their input again. */
const MOST_KEPT_BYTES = 64 * 2 ** 20;

/** Whether a convolution is worth computing by Winograd's F(4, 3) along its last axis. */
export function suitsWinograd({ axes, channels, filters, groups }: CanonicalConv): boolean {
  const [depth, height, width] = axes;
  const tiles = tilesOf(width.output);
  const values = Math.max(rowsOf(axes, "input") * channels, rowsOf(axes, "output") * filters);
  return (
    groups === 1 &&
    channels >= LEAST_CHANNELS &&
    filters >= LEAST_CHANNELS &&
    axes.every(({ stride }) => stride === 1) &&
    width.kernel === 3 &&
    width.dilation === 1 &&
    // Two thirds of a last tile's work may be for nothing; a fifth of all work may not.
    tiles * TILE_WIDTH <= width.output * 1.2 &&
    height.kernel * depth.kernel > 1 &&
    tiles * POINTS * values * LANE_BYTES <= MOST_BYTES
  );
}

const tilesOf = (width: number): number => Math.ceil(width / TILE_WIDTH);

/** The convolution that is left for each tile: rows are planes times points. */
function innerConv({ axes, channels, filters }: CanonicalConv): CanonicalConv {
  const [depth, height] = axes;
  const points = { ...UNIT_AXIS, input: POINTS, output: POINTS };
  return { axes: [depth, points, height], channels, stored: channels, filters, groups: 1 };
}

/** A convolution with where its values lie, as `Spread` says it: from `dy` to `dx`. */
export interface WinogradConv extends Spread {
  readonly conv: CanonicalConv;
  /** Whether the kernel is turned around, as for an input gradient. */
  readonly flip: boolean;
  /** Whether the transformed input is needed again on the way back. */
  readonly keep: boolean;
}

/** Plans a convolution; returns the address of its transformed input where that is kept, else 0. */
export function winogradConv(
  planner: Planner,
  node: ResolvedNode,
  stage: "forward" | "backward",
  what: WinogradConv,
): number {
  const { conv, kernel, flip, keep } = what;
  const { axes, channels, filters } = conv;
  const [depth, height, width] = axes;
  const tiles = tilesOf(width.output);
  const passes = stage === "backward" ? { passes: TRAIN } : {};
  const label = stage === "backward" ? `${node.name} input` : node.name;
  const bytes = (rows: number, count: number): number => rows * tiles * POINTS * count * LANE_BYTES;
  const inputBytes = bytes(rowsOf(axes, "input"), channels);
  const kept = keep && planner.keptPoints + inputBytes <= MOST_KEPT_BYTES;
  if (kept) planner.keptPoints += inputBytes;
  const points = kept
    ? planner.arena.take(`${node.name} input in points`, inputBytes)
    : planner.arena.scratch("input in points", inputBytes);
  const products = planner.arena.scratch("products", bytes(rowsOf(axes, "output"), filters));
  const inner = innerConv(conv);
  const packed = packPoints(planner, node, kernel, inner, flip, stage === "backward");

  inputToPoints(planner, label, stage, conv, what.dy, points);
  const sum = emitConvForward(
    planner.name("products"),
    {
      conv: inner,
      x: points,
      bytes: false,
      packed,
      banks: POINTS,
      stacks: tiles,
      bias: 0,
      y: products,
      accumulate: false,
      relu: false,
      mask: 0,
    },
    planner.arithmetic,
  );
  planner.kernels.push(sum);
  const back = emitFromPoints(planner.name("outputs"), {
    from: products,
    to: what.dx,
    depth: depth.output,
    height: height.output,
    width: width.output,
    filters,
    tiles,
    bias: what.bias,
    accumulate: what.accumulate,
    relu: what.relu,
    mask: what.mask,
  });
  planner.kernels.push(back);
  planner.rows(
    label,
    stage,
    depth.output * tiles,
    [
      { kernel: sum.name, stride: POINTS, count: POINTS, extra: { kind: "none" } },
      { kernel: back.name, stride: 1, count: 1, extra: { kind: "none" } },
    ],
    passes,
  );
  return kept ? points : 0;
}

function inputToPoints(
  planner: Planner,
  label: string,
  stage: "forward" | "backward",
  { axes, channels }: CanonicalConv,
  from: number,
  to: number,
): void {
  const [depth, height, width] = axes;
  const transform = emitToPoints(planner.name("points"), {
    from,
    to,
    depth: depth.input,
    height: height.input,
    width: width.input,
    channels,
    tiles: tilesOf(width.output),
    what: "input",
    before: width.before,
  });
  const options = stage === "backward" ? { passes: TRAIN } : {};
  planner.kernel(`${label} to points`, stage, rowsOf(axes, "input"), transform, options);
}

function packPoints(
  planner: Planner,
  node: ResolvedNode,
  kernel: ParameterPlan,
  { axes, channels, filters }: CanonicalConv,
  flip: boolean,
  training: boolean,
): number {
  const lines = sizeOf(axes.map((axis) => axis.kernel));
  const target = planner.memory.take(
    `${node.name} points${flip ? " of the flipped kernel" : ""}`,
    POINTS * lines * channels * filters * 4,
  );
  const [ins, outs] = flip ? [filters, channels] : [channels, filters];
  const call = {
    kind: "packPoints",
    source: kernel.address,
    target,
    lines,
    channels: ins,
    filters: outs,
    flip,
  } as const;
  planner.host(`pack ${node.name}`, "prepare", blocksOf(filters), call, {
    barrier: false,
    ...(training ? { passes: TRAIN } : {}),
  });
  return target;
}

/** What the gradients of a convolution by Winograd are made from. */
export interface WinogradKernelGradient {
  readonly x: number;
  /** Address of the transformed input where it was kept, else 0. */
  readonly points: number;
  readonly dy: number;
  readonly kernel: ParameterPlan;
  readonly bias: ParameterPlan | null;
}

/** Plans the gradients of the kernel and the biases. */
export function winogradKernelGradient(
  planner: Planner,
  node: ResolvedNode,
  conv: CanonicalConv,
  { x, points, dy, kernel, bias }: WinogradKernelGradient,
): void {
  const { axes, channels, filters } = conv;
  const [depth, height, width] = axes;
  const [toKernel, toBias] = [planner.gradientOf(kernel), planner.gradientOf(bias)];
  if (toKernel !== 0) {
    const tiles = tilesOf(width.output);
    const inner = innerConv(conv);
    const lines = sizeOf(inner.axes.map((axis) => axis.kernel));
    const weights = POINTS * lines * channels * filters;
    const slopes = planner.arena.scratch(
      "gradient in points",
      rowsOf(axes, "output") * tiles * POINTS * filters * LANE_BYTES,
    );
    const transform = emitToPoints(planner.name("slopes"), {
      from: dy,
      to: slopes,
      depth: depth.output,
      height: height.output,
      width: width.output,
      channels: filters,
      tiles,
      what: "gradient",
      before: 0,
    });
    planner.kernel(`${node.name} gradient to points`, "backward", rowsOf(axes, "output"), transform, {
      passes: TRAIN,
    });
    const bytes = rowsOf(axes, "input") * tiles * POINTS * channels * LANE_BYTES;
    const input = points === 0 ? planner.arena.scratch("input in points", bytes) : points;
    if (points === 0) inputToPoints(planner, `${node.name} again`, "backward", conv, x, input);
    const spec = {
      conv: inner,
      x: input,
      bytes: false,
      dy: slopes,
      bias: false,
      banks: POINTS,
      stacks: tiles,
    };
    const emitted = emitConvKernelGradient(planner.name("weights"), spec, planner.arithmetic);
    const sums = planner.memory.take(`${node.name} gradient by points`, weights * 4);
    const shards = sharded(planner, node, "kernel", tiles * rowsOf(inner.axes, "output"), weights, emitted);
    shards.reduce(0, weights, sums, 1);
    planner.closePhase();
    const call = {
      kind: "takePoints",
      source: sums,
      target: toKernel,
      lines,
      size: channels * filters,
    } as const;
    planner.host(`${node.name} kernel from points`, "reduce", lines, call, { passes: TRAIN, barrier: false });
  }
  if (toBias !== 0) biasGradient(planner, node, sizeOf(axes.map((axis) => axis.output)), filters, dy, toBias);
}
