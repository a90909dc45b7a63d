import type { ParameterPlan } from "../plan.ts";
import type { ResolvedNode } from "../resolve.ts";
import type { Axis, CanonicalConv } from "../shape.ts";
import { emitConvForward } from "../wasm/conv-forward.ts";
import { emitConvInputGradient } from "../wasm/conv-input-gradient.ts";
import { rowsOf } from "./conv-geometry.ts";
import { packKernel } from "./pack-kernel.ts";
import { type Planner, TRAIN } from "./planner.ts";
import { suitsWinograd, winogradConv } from "./winograd.ts";

/** Where a convolution's outputs are spread back to its inputs, and what is done on the way. */
export interface Spread {
  readonly kernel: ParameterPlan;
  readonly dy: number;
  readonly dx: number;
  readonly bias: number;
  readonly relu: boolean;
  readonly mask: number;
  readonly accumulate: boolean;
}

/** From outputs to inputs: at stride 1 a convolution with the kernel turned around, else a gathering kernel. */
export function spread(
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
    if (suitsWinograd(turned)) {
      winogradConv(planner, node, stage, { ...target, conv: turned, flip: true, keep: false });
      return;
    }
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
