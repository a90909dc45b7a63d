import type { ActivationFunction } from "../engine/graph.ts";
import { croppingsOf, paddingsOf, type Step } from "./channels-first.ts";
import { pythonTuple } from "./python.ts";

/** What a step is in PyTorch. */
export interface TorchCode {
  /** The module that `__init__` makes; null for a step that is only a call. */
  readonly module: string | null;
  /** Expressions that follow one another: the first takes the step's inputs, each later one the result before it. */
  readonly lines: readonly ((...inputs: string[]) => string)[];
}

type NodeStep = Step & { readonly kind: "node" };

/** The code of one step whose module is `self.<name>`. */
export function torchCode(step: NodeStep, name: string): TorchCode {
  const { op } = step.node;
  const shape = step.inputShapes[0] ?? [];
  const call = (module: string): TorchCode => ({ module, lines: [(x) => `self.${name}(${x})`] });
  const only = (expression: (...inputs: string[]) => string): TorchCode => ({
    module: null,
    lines: [expression],
  });
  const channelAxis = step.layout === "first" && step.node.shape.length > 1 ? 1 : -1;
  switch (op.kind) {
    case "input":
      return { module: null, lines: [] };
    case "conv":
      return convCode(step, name, op, shape.at(-1)!);
    case "transposedConv":
      return transposedCode(step, name, op, shape.at(-1)!);
    case "dense":
      return call(`nn.Linear(${shape.at(-1)}, ${op.units}${op.bias === false ? ", bias=False" : ""})`);
    case "activation":
      return only((x) => ACTIVATIONS[op.function](x, op.alpha));
    case "softmax":
      return only((x) => `F.softmax(${x}, dim=${channelAxis})`);
    case "dropout":
      return call(
        op.spatial === true ? `nn.Dropout${shape.length - 1}d(${op.rate})` : `nn.Dropout(${op.rate})`,
      );
    case "batchNorm": {
      // PyTorch's momentum is the share of the new batch; it has no normalisation for one axis of its own.
      const momentum = Number((1 - (op.momentum ?? 0.99)).toPrecision(12));
      const rank = Math.max(1, shape.length - 1);
      return call(`nn.BatchNorm${rank}d(${shape.at(-1)}, eps=${op.epsilon ?? 1e-3}, momentum=${momentum})`);
    }
    case "pool":
      return poolCode(step, op);
    case "globalPool": {
      const dims = pythonTuple(Array.from({ length: shape.length - 1 }, (_, i) => i + 2));
      const keep = op.keepDims === true ? ", keepdim=True" : "";
      return only((x) => `${x}.${op.mode === "max" ? "amax" : "mean"}(dim=${dims}${keep})`);
    }
    case "zeroPadding":
      return only((x) => padded(x, op.padding));
    case "upSampling":
      return only((x) => `F.interpolate(${x}, scale_factor=${pythonTuple(op.size)}, mode="nearest")`);
    case "reshape":
      return only((x) =>
        op.shape.length === 1 ? `${x}.flatten(1)` : `${x}.reshape(len(${x}), ${op.shape.join(", ")})`,
      );
    case "add":
      return only((...inputs) => inputs.join(" + "));
    case "subtract":
      return only((...inputs) => inputs.join(" - "));
    case "multiply":
      return only((...inputs) => inputs.join(" * "));
    case "average":
      return only((...inputs) => `(${inputs.join(" + ")}) / ${inputs.length}`);
    case "maximum":
      return only((...inputs) => inputs.reduce((all, each) => `torch.maximum(${all}, ${each})`));
    case "concatenate":
      return only((...inputs) => `torch.cat([${inputs.join(", ")}], dim=${channelAxis})`);
  }
}

function convCode(
  { node }: NodeStep,
  name: string,
  op: Extract<NodeStep["node"]["op"], { kind: "conv" }>,
  channels: number,
): TorchCode {
  const pads = paddingsOf(node);
  const even = pads.every(([before, after]) => before === after);
  const options = [
    String(channels),
    String(op.filters),
    pythonTuple(op.kernelSize),
    ...windowOptions(op),
    ...(even && pads.some(([before]) => before > 0)
      ? [`padding=${pythonTuple(pads.map(([before]) => before))}`]
      : []),
    ...((op.groups ?? 1) > 1 ? [`groups=${op.groups}`] : []),
    ...(op.bias === false ? ["bias=False"] : []),
  ];
  return {
    module: `nn.Conv${op.kernelSize.length}d(${options.join(", ")})`,
    lines: [...(even ? [] : [(x: string) => padded(x, pads)]), (x) => `self.${name}(${x})`],
  };
}

function transposedCode(
  { node }: NodeStep,
  name: string,
  op: Extract<NodeStep["node"]["op"], { kind: "transposedConv" }>,
  channels: number,
): TorchCode {
  const crops = croppingsOf(node);
  const even = crops.every(({ before, after }) => before === after);
  const extra = crops.map((crop) => crop.extra);
  const options = [
    String(channels),
    String(op.filters),
    pythonTuple(op.kernelSize),
    ...windowOptions(op),
    ...(even && crops.some(({ before }) => before > 0)
      ? [`padding=${pythonTuple(crops.map(({ before }) => before))}`]
      : []),
    ...(extra.some((each) => each > 0) ? [`output_padding=${pythonTuple(extra)}`] : []),
    ...(op.bias === false ? ["bias=False"] : []),
  ];
  const ranges = crops.map(({ before }, axis) => `${before}:${before + node.axes[axis]!.input}`);
  return {
    module: `nn.ConvTranspose${op.kernelSize.length}d(${options.join(", ")})`,
    lines: [
      (x) => `self.${name}(${x})`,
      ...(even ? [] : [(x: string) => `${x}[:, :, ${ranges.join(", ")}]`]),
    ],
  };
}

function windowOptions(op: {
  readonly strides?: readonly number[];
  readonly dilation?: readonly number[];
}): string[] {
  const isOne = (list: readonly number[] | undefined): boolean => list?.every((each) => each === 1) ?? true;
  return [
    ...(isOne(op.strides) ? [] : [`stride=${pythonTuple(op.strides!)}`]),
    ...(isOne(op.dilation) ? [] : [`dilation=${pythonTuple(op.dilation!)}`]),
  ];
}

function poolCode({ node }: NodeStep, op: Extract<NodeStep["node"]["op"], { kind: "pool" }>): TorchCode {
  const pads = paddingsOf(node);
  const window = `${pythonTuple(op.poolSize)}, stride=${pythonTuple(op.strides ?? op.poolSize)}`;
  const none = pads.every(([before, after]) => before + after === 0);
  const function_ = `F.${op.mode === "max" ? "max" : "avg"}_pool${op.poolSize.length}d`;
  if (none) return { module: null, lines: [(x) => `${function_}(${x}, ${window})`] };
  if (op.mode === "max") {
    return {
      module: null,
      lines: [(x) => padded(x, pads, '-float("inf")'), (x) => `${function_}(${x}, ${window})`],
    };
  }
  // An average at a border is over the positions that exist.
  const pool = (x: string): string => `${function_}(${padded(x, pads)}, ${window})`;
  return { module: null, lines: [(x) => `${pool(x)} / ${pool(`torch.ones_like(${x})`)}`] };
}

/** PyTorch's `pad` names the last axis first. */
function padded(x: string, pads: readonly (readonly [number, number])[], value?: string): string {
  const list = [...pads].reverse().flat();
  return `F.pad(${x}, ${pythonTuple(list)}${value === undefined ? "" : `, value=${value}`})`;
}

const ACTIVATIONS: Readonly<Record<ActivationFunction, (x: string, alpha: number | undefined) => string>> = {
  linear: (x) => x,
  relu: (x) => `F.relu(${x})`,
  relu6: (x) => `F.relu6(${x})`,
  leaky_relu: (x, alpha = 0.2) => `F.leaky_relu(${x}, ${alpha})`,
  elu: (x, alpha = 1) => `F.elu(${x}, ${alpha})`,
  selu: (x) => `F.selu(${x})`,
  gelu: (x) => `F.gelu(${x})`,
  gelu_tanh: (x) => `F.gelu(${x}, approximate="tanh")`,
  sigmoid: (x) => `torch.sigmoid(${x})`,
  hard_sigmoid: (x) => `F.hardsigmoid(${x})`,
  silu: (x) => `F.silu(${x})`,
  tanh: (x) => `torch.tanh(${x})`,
  softplus: (x) => `F.softplus(${x})`,
  softsign: (x) => `F.softsign(${x})`,
  exponential: (x) => `torch.exp(${x})`,
};
