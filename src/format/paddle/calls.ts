import type { Tensor } from "../../tensor/tensor.ts";
import type { AtenArgument, AtenCall, AtenProgram } from "../aten/program.ts";
import type { PaddleOperator, PaddleProgram } from "./program.ts";

/** Paddle's convolutions, by what they are in PyTorch's words; `fused_` ones have an activation behind. */
const CONV = /^(?:fused_)?(depthwise_)?conv([23])d(_transpose)?(?:_fusion|_fusion_cutlass)?$/;

/** A program of Paddle in the words of PyTorch's operators, which mean the same: filters have the same axes. */
export function asAten(program: PaddleProgram, tensors: ReadonlyMap<string, Tensor>): AtenProgram {
  const { operators, variables } = program;
  const biases = biasesOf(operators, tensors);
  return {
    calls: operators.map((operator) => callOf(operator, biases)),
    tensors,
    outputs: operators.flatMap(({ type, inputs }) => (type === "fetch" ? (inputs.get("X") ?? []) : [])),
    shapeOf(value) {
      const tensor = variables.get(value)?.tensor ?? null;
      return tensor === null
        ? null
        : { dtype: tensor.dtype, shape: tensor.shape.map((extent) => (extent < 0 ? null : extent)) };
    },
  };
}

function callOf(operator: PaddleOperator, biases: ReadonlyMap<string, string>): AtenCall {
  const { type, inputs, outputs } = operator;
  const all = [...outputs.values()].flat();
  const input = (slot: string): AtenArgument => {
    const name = inputs.get(slot)?.[0];
    return name === undefined ? null : { value: name };
  };
  const match = CONV.exec(type);
  if (match !== null) return convolution(operator, match, input, biases);
  if (type === "batch_norm" || type === "sync_batch_norm") {
    const { attributes } = operator;
    const args = new Map<string, AtenArgument>([
      ["input", input("X")],
      ["weight", input("Scale")],
      ["bias", input("Bias")],
      ["running_mean", input("Mean")],
      ["running_var", input("Variance")],
      ["training", attributes.get("is_test") === false && attributes.get("use_global_stats") !== true],
      ["eps", plain(attributes.get("epsilon"))],
    ]);
    return { operator: "batch_norm", args, results: outputs.get("Y") ?? [] };
  }
  const args = new Map<string, AtenArgument>();
  for (const [slot, names] of inputs)
    for (const [i, name] of names.entries())
      args.set(i === 0 && slot === "X" ? "self" : `${slot}${i}`, { value: name });
  const reshape = /^(unsqueeze|squeeze|reshape|flatten)2?$/.exec(type);
  if (reshape !== null) return { operator: "view", args, results: outputs.get("Out") ?? [] };
  return { operator: type === "assign" ? "clone" : `paddle.${type}`, args, results: all };
}

function convolution(
  operator: PaddleOperator,
  [, , rank, transposed]: RegExpExecArray,
  input: (slot: string) => AtenArgument,
  biases: ReadonlyMap<string, string>,
): AtenCall {
  const { attributes, inputs, outputs } = operator;
  const [result = ""] = outputs.get("Output") ?? outputs.get("Out") ?? [];
  const own = inputs.get("Bias")?.[0] ?? biases.get(result);
  // What is not laid out as in PyTorch has its extents elsewhere.
  const channelsFirst = !/^N.*C$/.test(String(attributes.get("data_format") ?? ""));
  const args = new Map<string, AtenArgument>([
    ["input", channelsFirst ? input("Input") : null],
    ["weight", input("Filter")],
    ["bias", own === undefined ? null : { value: own }],
    ["stride", plain(attributes.get("strides"))],
    ["padding", paddingOf(operator)],
    ["dilation", plain(attributes.get("dilations"))],
    ["groups", plain(attributes.get("groups") ?? 1)],
  ]);
  return {
    operator: transposed === undefined ? `conv${rank}d` : `conv_transpose${rank}d`,
    args,
    results: [result],
  };
}

/** Zeros around: a word, one number an axis, or two, which are told only when they are equal. */
function paddingOf({ attributes }: PaddleOperator): AtenArgument {
  const word = attributes.get("padding_algorithm");
  if (word === "SAME" || word === "VALID") return word.toLowerCase();
  const zeros = attributes.get("paddings");
  if (!Array.isArray(zeros) || zeros.length < 4) return plain(zeros);
  const pairs = zeros.length / 2;
  const before = Array.from({ length: Math.floor(pairs) }, (_, i) => zeros[2 * i] as number);
  return before.every((n, i) => zeros[2 * i + 1] === n) ? before : [null];
}

function plain(value: number | boolean | string | readonly number[] | undefined): AtenArgument {
  return value ?? null;
}

/** Vectors that are added to the output of a convolution, by the name of that output; Paddle's layers add them so. */
function biasesOf(
  operators: readonly PaddleOperator[],
  tensors: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, string> {
  const made = new Set<string>();
  const origins = new Map<string, string>();
  const biases = new Map<string, string>();
  for (const { type, inputs, outputs } of operators) {
    const [x = ""] = inputs.get("X") ?? [];
    if (CONV.test(type)) for (const name of outputs.get("Output") ?? outputs.get("Out") ?? []) made.add(name);
    else if (/^(unsqueeze|squeeze|reshape)2?$/.test(type)) {
      const from = origins.get(x) ?? x;
      for (const name of outputs.get("Out") ?? []) {
        if (tensors.has(from)) origins.set(name, from);
        // A 1-D convolution is a 2-D one whose output loses an axis.
        if (made.has(x)) {
          made.add(name);
          origins.set(`out ${name}`, origins.get(`out ${x}`) ?? x);
        }
      }
    } else if (type === "elementwise_add" && made.has(x)) {
      const [y = ""] = inputs.get("Y") ?? [];
      const from = origins.get(y) ?? y;
      if (tensors.get(from)?.shape.length === 1) biases.set(origins.get(`out ${x}`) ?? x, from);
    }
  }
  return biases;
}
