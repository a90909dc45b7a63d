import type { ConvLayer } from "../model/model.ts";
import type { FrozenPositions } from "./kernel.ts";

/** One axis of a convolution. */
export interface ConvAxis {
  /** Extent of the input. */
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** `same` (TensorFlow's rule), `valid`, `causal`, or zeros before and after. */
  readonly padding: "same" | "valid" | "causal" | readonly [before: number, after: number];
}

/**
 * Positions that no input ever reaches: `t` is alive if and only if some output `o` has
 * `0 <= o*stride - before + t*dilation < input`. The gradient of a frozen position is exactly zero.
 */
export function frozenAlongAxis(axis: ConvAxis): boolean[] {
  const { input, kernel, stride, dilation } = axis;
  const reach = dilation * (kernel - 1) + 1;
  const [before, outputs] = paddingAndOutputs(axis, reach);
  // An axis without outputs is no working layer: nothing can be said about its weights.
  if (outputs <= 0) return new Array<boolean>(kernel).fill(false);
  return Array.from({ length: kernel }, (_, t) => {
    // The smallest o that brings position t to 0 or beyond decides: later ones only move further right.
    const first = Math.max(0, Math.ceil((before - t * dilation) / stride));
    return first >= outputs || first * stride - before + t * dilation >= input;
  });
}

function paddingAndOutputs(
  { input, stride, padding }: ConvAxis,
  reach: number,
): [before: number, outputs: number] {
  if (padding === "same") {
    const outputs = Math.ceil(input / stride);
    const total = Math.max(0, (outputs - 1) * stride + reach - input);
    return [Math.floor(total / 2), outputs];
  }
  const [before, after] = padding === "valid" ? [0, 0] : padding === "causal" ? [reach - 1, 0] : padding;
  return [before, Math.floor((input + before + after - reach) / stride) + 1];
}

/**
 * What the layer's own geometry proves about its weights; null when the file does not state the input's
 * extents, strides, padding or dilation, and for transposed convolutions, whose every position writes outputs.
 */
export function frozenPositions(layer: ConvLayer): FrozenPositions | null {
  const { rank, shape, strides, dilation, padding, inputExtents } = layer;
  if (strides === null || dilation === null || padding === null || inputExtents === null) return null;
  if (layer.kind === "transposed" || inputExtents.every((extent) => extent === null)) return null;
  const axes: boolean[][] = [];
  for (let i = 0; i < 3; i++) {
    const kernel = shape[2 + i]!;
    const spatial = i - (3 - rank);
    const input = inputExtents[spatial];
    const stride = strides[spatial];
    const step = dilation[spatial];
    const pad = typeof padding === "string" ? knownPadding(padding) : padding[spatial];
    if (spatial < 0 || input === null) {
      axes.push(new Array<boolean>(kernel).fill(false));
      continue;
    }
    if (input === undefined || stride === undefined || step === undefined || pad === undefined) return null;
    if (![input, stride, step].every((extent) => Number.isSafeInteger(extent) && extent > 0)) return null;
    axes.push(frozenAlongAxis({ input, kernel, stride, dilation: step, padding: pad }));
  }
  return { depth: axes[0]!, height: axes[1]!, width: axes[2]! };
}

function knownPadding(padding: string): "same" | "valid" | "causal" | undefined {
  return padding === "same" || padding === "valid" || padding === "causal" ? padding : undefined;
}
