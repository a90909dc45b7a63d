import type { ActivationFunction } from "../engine/graph.ts";
import { croppingsOf, paddingsOf, type Step } from "./channels-first.ts";

/** An attribute of an ONNX node. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string };

/** One operator of an ONNX graph. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** A constant that an operator takes as an input. */
export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

/** What one step of a program is in ONNX. */
export interface OnnxPart {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
}

type NodeStep = Step & { readonly kind: "node" };

/** The operators of one step (operator set 20). Weights are inputs named `<node>.<weight>`. */
export function onnxPart(step: Step): OnnxPart {
  if (step.kind === "transpose") return { nodes: [transpose(step)], constants: [] };
  const { op, name } = step.node;
  const { inputs, value } = step;
  const shape = step.inputShapes[0] ?? [];
  const x = inputs[0] ?? "";
  const axis = step.layout === "first" && step.node.shape.length > 1 ? 1 : -1;
  const one = (
    operator: string,
    from: readonly string[] = inputs,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): OnnxPart => ({ nodes: [{ op: operator, inputs: from, output: value, attributes }], constants: [] });
  switch (op.kind) {
    case "input":
      return { nodes: [], constants: [] };
    case "conv":
    case "transposedConv":
      return one(
        op.kind === "conv" ? "Conv" : "ConvTranspose",
        [x, `${name}.weight`, ...(op.bias === false ? [] : [`${name}.bias`])],
        convAttributes(step),
      );
    case "dense":
      return dense(step, shape.length === 1);
    case "activation":
      return activation(step, op.function, op.alpha);
    case "softmax":
      return one("Softmax", inputs, { axis: { int: -1 } });
    case "dropout":
      return one("Identity");
    case "batchNorm": {
      const weights = ["weight", "bias", "running_mean", "running_var"].map((each) => `${name}.${each}`);
      return one("BatchNormalization", [x, ...weights], { epsilon: { float: op.epsilon ?? 1e-3 } });
    }
    case "pool": {
      const attributes = {
        kernel_shape: { ints: op.poolSize },
        strides: { ints: op.strides ?? op.poolSize },
        pads: { ints: onnxPads(paddingsOf(step.node)) },
      };
      return op.mode === "max"
        ? one("MaxPool", inputs, attributes)
        : one("AveragePool", inputs, { ...attributes, count_include_pad: { int: 0 } });
    }
    case "globalPool": {
      const operator = op.mode === "max" ? "GlobalMaxPool" : "GlobalAveragePool";
      if (op.keepDims === true) return one(operator);
      const pooled = `${value}/pooled`;
      return {
        nodes: [
          { op: operator, inputs, output: pooled },
          { op: "Flatten", inputs: [pooled], output: value, attributes: { axis: { int: 1 } } },
        ],
        constants: [],
      };
    }
    case "zeroPadding": {
      const none = [0, 0] as const;
      const pads = int64(`${value}/pads`, onnxPads([none, none, ...op.padding]));
      return { ...one("Pad", [x, pads.name]), constants: [pads] };
    }
    case "upSampling": {
      const scales = float32(`${value}/scales`, [1, 1, ...op.size]);
      const attributes = {
        mode: { string: "nearest" },
        coordinate_transformation_mode: { string: "asymmetric" },
        nearest_mode: { string: "floor" },
      };
      return { ...one("Resize", [x, "", scales.name], attributes), constants: [scales] };
    }
    case "reshape": {
      // 0: the batch axis as it is.
      const target = int64(`${value}/shape`, [0, ...op.shape]);
      return { ...one("Reshape", [x, target.name]), constants: [target] };
    }
    case "add":
    case "subtract":
    case "multiply":
      return folded(step, { add: "Add", subtract: "Sub", multiply: "Mul" }[op.kind]);
    case "average":
      return one("Mean");
    case "maximum":
      return one("Max");
    case "concatenate":
      return one("Concat", inputs, { axis: { int: axis } });
  }
}

function transpose({ to, rank, input, value }: Step & { kind: "transpose" }): OnnxNode {
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i);
  const perm =
    to === "first" ? [0, rank - 1, ...spatial.map((i) => i + 1)] : [0, ...spatial.map((i) => i + 2), 1];
  return { op: "Transpose", inputs: [input], output: value, attributes: { perm: { ints: perm } } };
}

function convAttributes({ node }: NodeStep): Record<string, OnnxAttribute> {
  const { op } = node;
  if (op.kind !== "conv" && op.kind !== "transposedConv") return {};
  const ones = op.kernelSize.map(() => 1);
  const window = {
    kernel_shape: { ints: op.kernelSize },
    strides: { ints: op.strides ?? ones },
    dilations: { ints: op.dilation ?? ones },
  };
  if (op.kind === "conv")
    return { ...window, group: { int: op.groups ?? 1 }, pads: { ints: onnxPads(paddingsOf(node)) } };
  const crops = croppingsOf(node);
  return {
    ...window,
    pads: { ints: onnxPads(crops.map(({ before, after }) => [before, after] as const)) },
    output_padding: { ints: crops.map(({ extra }) => extra) },
  };
}

function dense({ node, inputs, value }: NodeStep, flat: boolean): OnnxPart {
  const { op, name } = node;
  const bias = op.kind === "dense" && op.bias !== false;
  const weight = `${name}.weight`;
  if (flat) {
    const from = [inputs[0]!, weight, ...(bias ? [`${name}.bias`] : [])];
    return {
      nodes: [{ op: "Gemm", inputs: from, output: value, attributes: { transB: { int: 1 } } }],
      constants: [],
    };
  }
  const turned = `${value}/kernel`;
  const product = bias ? `${value}/product` : value;
  return {
    nodes: [
      { op: "Transpose", inputs: [weight], output: turned, attributes: { perm: { ints: [1, 0] } } },
      { op: "MatMul", inputs: [inputs[0]!, turned], output: product },
      ...(bias ? [{ op: "Add", inputs: [product, `${name}.bias`], output: value }] : []),
    ],
    constants: [],
  };
}

const PLAIN: Readonly<Partial<Record<ActivationFunction, string>>> = {
  linear: "Identity",
  relu: "Relu",
  selu: "Selu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  softplus: "Softplus",
  softsign: "Softsign",
  exponential: "Exp",
};

function activation(
  { inputs, value }: NodeStep,
  name: ActivationFunction,
  alpha: number | undefined,
): OnnxPart {
  const x = inputs[0]!;
  const one = (op: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): OnnxPart => ({
    nodes: [{ op, inputs: [x], output: value, attributes }],
    constants: [],
  });
  switch (name) {
    case "leaky_relu":
      return one("LeakyRelu", { alpha: { float: alpha ?? 0.2 } });
    case "elu":
      return one("Elu", { alpha: { float: alpha ?? 1 } });
    case "hard_sigmoid":
      return one("HardSigmoid", { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
    case "gelu":
      return one("Gelu", { approximate: { string: "none" } });
    case "gelu_tanh":
      return one("Gelu", { approximate: { string: "tanh" } });
    case "silu": {
      const gate = `${value}/gate`;
      return {
        nodes: [
          { op: "Sigmoid", inputs: [x], output: gate },
          { op: "Mul", inputs: [x, gate], output: value },
        ],
        constants: [],
      };
    }
    case "relu6": {
      const limits = [
        { name: `${value}/low`, shape: [], data: Float32Array.of(0) },
        { name: `${value}/high`, shape: [], data: Float32Array.of(6) },
      ];
      return {
        nodes: [{ op: "Clip", inputs: [x, ...limits.map((limit) => limit.name)], output: value }],
        constants: limits,
      };
    }
    default:
      return one(PLAIN[name]!);
  }
}

/** Operators of two inputs, one after the other. */
function folded({ inputs, value }: NodeStep, op: string): OnnxPart {
  const nodes: OnnxNode[] = [];
  let left = inputs[0]!;
  for (const [i, right] of inputs.slice(1).entries()) {
    const output = i === inputs.length - 2 ? value : `${value}/${i}`;
    nodes.push({ op, inputs: [left, right], output });
    left = output;
  }
  return { nodes, constants: [] };
}

/** ONNX's order: all beginnings, then all ends. */
function onnxPads(pads: readonly (readonly [number, number])[]): number[] {
  return [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
}

function int64(name: string, values: readonly number[]): OnnxConstant {
  return { name, shape: [values.length], data: BigInt64Array.from(values.map(BigInt)) };
}

function float32(name: string, values: readonly number[]): OnnxConstant {
  return { name, shape: [values.length], data: Float32Array.from(values) };
}
