import type { ResolvedNode } from "../resolve.ts";
import { UNIT_AXIS } from "../shape.ts";
import { applyConv, applyDense, applyTransposedConv } from "./conv.ts";
import type { Applied, Numbers, Pass } from "./layer.ts";
import { applyActivation, applyBatchNorm, applyDropout, applyMerge, applySoftmax } from "./pointwise.ts";
import { applyMove, applyPool, moveTable } from "./spatial.ts";

/** Runs one operation. `shapes` are those of its inputs; `index` is the node's place in the graph. */
export function applyNode(
  node: ResolvedNode,
  index: number,
  inputs: readonly Numbers[],
  shapes: readonly (readonly number[])[],
  parameters: readonly Numbers[],
  pass: Pass,
): Applied {
  const { op, axes } = node;
  const x = inputs[0]!;
  const shape = shapes[0]!;
  const channels = shape.at(-1)!;
  const spatial = shape.slice(0, -1);
  const kernel = parameters[0]!;
  const bias = parameters[1] ?? null;
  switch (op.kind) {
    case "input":
      throw new Error("an input has nothing to apply");
    case "conv":
      return applyConv(
        { axes, channels, filters: op.filters, groups: op.groups ?? 1 },
        x,
        kernel,
        bias,
        pass.samples,
      );
    case "transposedConv":
      return applyTransposedConv(
        { axes, channels: op.filters, filters: channels, groups: 1 },
        x,
        kernel,
        bias,
        pass.samples,
      );
    case "dense":
      return applyDense(channels, op.units, x, kernel, bias);
    case "activation":
      return applyActivation(op, x);
    case "softmax":
      return applySoftmax(channels, x);
    case "dropout":
      return applyDropout(op, index, channels, x, pass);
    case "batchNorm": {
      const own = pass.training && ownStatistics(node);
      return applyBatchNorm(op, channels, x, parameters, own);
    }
    case "pool":
      return applyPool(op.mode, axes, channels, x, pass.samples);
    case "globalPool": {
      const whole = spatial.map((extent) => ({ ...UNIT_AXIS, input: extent, kernel: extent }));
      return applyPool(op.mode, whole, channels, x, pass.samples);
    }
    case "zeroPadding":
      return applyMove(
        moveTable(spatial, node.shape.slice(0, -1), channels, (axis, at) => at - op.padding[axis]![0]),
        x,
        pass.samples,
      );
    case "upSampling":
      return applyMove(
        moveTable(spatial, node.shape.slice(0, -1), channels, (axis, at) => Math.floor(at / op.size[axis]!)),
        x,
        pass.samples,
      );
    case "reshape":
      return { value: x, backward: (slope) => ({ inputs: [slope], parameters: [] }) };
    case "add":
    case "subtract":
    case "multiply":
    case "average":
    case "maximum":
      return applyMerge(op, inputs);
    case "concatenate":
      return applyConcatenate(
        inputs,
        shapes.map((s) => s.at(-1)!),
      );
  }
}

/** Whether a batch normalization in training normalizes by the batch: Keras's rule is `trainable`. */
export function ownStatistics(node: ResolvedNode): boolean {
  const trained = node.parameters.filter(({ parameter }) => parameter === "gamma" || parameter === "beta");
  return trained.length === 0 || trained.some(({ trainable }) => trainable);
}

function applyConcatenate(inputs: readonly Numbers[], channels: readonly number[]): Applied {
  const total = channels.reduce((a, b) => a + b, 0);
  const rows = inputs[0]!.length / channels[0]!;
  const value = new Float64Array(rows * total);
  const visit = (each: (input: number, from: number, to: number) => void): void => {
    for (let row = 0; row < rows; row++) {
      let to = row * total;
      channels.forEach((count, k) => {
        for (let c = 0; c < count; c++) each(k, row * count + c, to++);
      });
    }
  };
  visit((k, from, to) => {
    value[to] = inputs[k]![from]!;
  });
  return {
    value,
    backward: (slope) => {
      const slopes = inputs.map((x) => new Float64Array(x.length));
      visit((k, from, to) => {
        slopes[k]![from] = slope[to]!;
      });
      return { inputs: slopes, parameters: [] };
    },
  };
}
