import type { ParameterPlan } from "../plan.ts";
import type { ResolvedNode } from "../resolve.ts";
import { type Axis, type CanonicalConv, canonicalConv, sizeOf, UNIT_AXIS } from "../shape.ts";
import { emitConvForward } from "../wasm/conv-forward.ts";
import { rowsOf } from "./conv-geometry.ts";
import { kernelGradient } from "./kernel-gradient.ts";
import { packKernel } from "./pack-kernel.ts";
import { type Planner, TRAIN } from "./planner.ts";
import { spread } from "./spread.ts";
import type { ValuePlan } from "./value.ts";
import { suitsWinograd, winogradConv, winogradKernelGradient } from "./winograd.ts";

/** What lowering a node leaves to be done on the way back. */
export type Backward = () => void;

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

  if (x.scale === null && suitsWinograd(conv)) return lowerWinograd(planner, node, conv, x, y);
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

/** A convolution whose last axis is computed by Winograd's scheme. */
function lowerWinograd(
  planner: Planner,
  node: ResolvedNode,
  conv: CanonicalConv,
  x: ValuePlan,
  y: ValuePlan,
): Backward {
  const [kernel, bias] = [planner.parameter(node, "kernel")!, planner.parameter(node, "bias")];
  const points = winogradConv(planner, node, "forward", {
    conv,
    kernel,
    flip: false,
    keep: planner.training && planner.gradientOf(kernel) !== 0,
    dy: x.address,
    dx: y.address,
    bias: bias?.address ?? 0,
    relu: y.relu,
    mask: 0,
    accumulate: false,
  });
  return () => {
    if (y.gradient === 0) return;
    planner.finishGradient(y);
    if (x.gradient !== 0) inputGradient(planner, node, conv, kernel, y, x);
    winogradKernelGradient(planner, node, conv, {
      x: x.address,
      points,
      dy: y.gradient,
      kernel,
      bias,
    });
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
      kind: "rows",
      links: [
        { kernel: pack.work.kernel, stride: height.stride, count: height.kernel, extra: pack.work.extra },
        { kernel: name, stride: 1, count: 1, extra: { kind: "none" } },
      ],
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
