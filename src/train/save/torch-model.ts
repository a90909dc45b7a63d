import type { Network } from "../network.ts";
import { channelsFirst, type Step } from "./channels-first.ts";
import { type FirstWeight, firstWeights } from "./first-weights.ts";
import { pythonComment, pythonNames } from "./python.ts";
import { writeSafetensors } from "./safetensors-writer.ts";
import { type TorchCode, torchCode } from "./torch-code.ts";

/** The name that a node has in `model.py`, and so in the keys of its weights. */
export function moduleNames(network: Network): ReadonlyMap<string, string> {
  return pythonNames(network.graph.nodes.map((node) => node.name));
}

/** A network's weights as a safetensors file that `load_state_dict` takes: PyTorch's layout, keys by module. */
export function saveTorchWeights(
  network: Network,
  values?: ReadonlyMap<string, Float32Array>,
): Uint8Array<ArrayBuffer> {
  const names = moduleNames(network);
  const arrays = firstWeights(network, values).map(({ node, name, shape, data }) => ({
    key: `${names.get(node)}.${name}`,
    shape,
    data,
  }));
  return writeSafetensors(arrays, { format: "pt" });
}

/**
 * `model.py`: a network as a PyTorch module to be read and changed. It takes and gives arrays as Keras has them
 * (channels last) and runs channels first inside; `same` padding is TensorFlow's, which puts the odd zero at the
 * end.
 */
export function torchModel(network: Network): string {
  const program = channelsFirst(network);
  const names = moduleNames(network);
  const code = program.steps.map((step) => codeOf(step, names));
  const chained = isChain(program.steps);
  const variable = (value: string): string =>
    chained ? "x" : value === inputOf(program.steps) ? "x" : (names.get(value) ?? variableOf(value, names));
  const forward = program.steps.flatMap((step, i) => linesOf(step, code[i]!, variable));
  const output = variable(program.output);
  const modules = code.flatMap(({ module }, i) => {
    const step = program.steps[i]!;
    return module === null || step.kind !== "node" ? [] : [`self.${names.get(step.node.name)} = ${module}`];
  });
  const weights = firstWeights(network);
  const init = [...modules, ...frozen(weights, names)];
  const text = [
    `"""${pythonComment(network.name)} as a PyTorch module, written by Kernelscope.`,
    "",
    `Samples have the shape ${shapeOf(network.inputShape)}, outputs ${shapeOf(network.outputShape)}: channels last, as in Keras.`,
    "",
    "    model = Network()",
    '    model.load_state_dict(safetensors.torch.load_file("model.safetensors"))',
    '"""',
    "",
    "import torch",
    "import torch.nn.functional as F",
    "from torch import nn",
    "",
    "",
    "class Network(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    ...init.map((line) => `        ${line}`),
    "",
    "    def forward(self, x, logits=False):",
    '        """The output; with `logits`, what a last softmax or sigmoid is fed with."""',
    ...forward.map((line) => `        ${line}`),
    `        return ${output}`,
    ...methods(weights, names, stillNormalising(program.steps, weights)),
  ];
  return `${text.join("\n")}\n`;
}

function codeOf(step: Step, names: ReadonlyMap<string, string>): TorchCode {
  return step.kind === "node"
    ? torchCode(step, names.get(step.node.name)!)
    : { module: null, lines: [(x) => `${x}.movedim(${step.to === "first" ? "-1, 1" : "1, -1"})`] };
}

/** Whether every step takes what the one before it gives, and nothing else: then one variable is enough. */
function isChain(steps: readonly Step[]): boolean {
  return steps.every((step, i) => {
    const inputs = step.kind === "node" ? step.inputs : [step.input];
    return i === 0 ? inputs.length === 0 : inputs.length === 1 && inputs[0] === steps[i - 1]!.value;
  });
}

function inputOf(steps: readonly Step[]): string | undefined {
  return steps.find((step) => step.kind === "node" && step.node.op.kind === "input")?.value;
}

/** A transposed value: `<name>_first`. */
function variableOf(value: string, names: ReadonlyMap<string, string>): string {
  const [, name = value, layout = ""] = /^(.*)\/(first|last)$/s.exec(value) ?? [];
  return `${names.get(name) ?? "input"}__${layout}`;
}

function linesOf(step: Step, code: TorchCode, variable: (value: string) => string): string[] {
  if (step.kind === "node" && step.node.op.kind === "input") return [];
  const target = variable(step.value);
  const inputs = step.kind === "node" ? step.inputs.map(variable) : [variable(step.input)];
  const lines = code.lines.map(
    (expression, i) => `${target} = ${expression(...(i === 0 ? inputs : [target]))}`,
  );
  const optional = step.kind === "node" && step.last && (step.node.op.kind === "softmax" || isSigmoid(step));
  return optional ? ["if logits:", `    return ${inputs[0]}`, ...lines] : lines;
}

function isSigmoid(step: Step & { kind: "node" }): boolean {
  return step.node.op.kind === "activation" && step.node.op.function === "sigmoid";
}

function frozen(weights: readonly FirstWeight[], names: ReadonlyMap<string, string>): string[] {
  return weights
    .filter(({ trainable, name }) => !trainable && !name.startsWith("running_"))
    .map(({ node, name }) => `self.${names.get(node)}.${name}.requires_grad_(False)`);
}

/** Normalisations that are not trained: Keras has them use their moving statistics. */
function stillNormalising(steps: readonly Step[], weights: readonly FirstWeight[]): string[] {
  return steps.flatMap((step) => {
    if (step.kind !== "node" || step.node.op.kind !== "batchNorm") return [];
    const own = weights.filter((weight) => weight.node === step.node.name);
    const stated = own.filter((weight) => weight.engineName !== null && !weight.name.startsWith("running_"));
    return stated.length > 0 && stated.every((weight) => !weight.trainable) ? [step.node.name] : [];
  });
}

/** Methods for what PyTorch's optimizers do not know: regularizers, constraints, frozen normalisations. */
function methods(
  weights: readonly FirstWeight[],
  names: ReadonlyMap<string, string>,
  still: readonly string[],
): string[] {
  const path = ({ node, name }: FirstWeight): string => `self.${names.get(node)}.${name}`;
  const penalties = weights.flatMap((weight) => [
    ...(weight.rule.l1 === undefined ? [] : [`${weight.rule.l1} * ${path(weight)}.abs().sum()`]),
    ...(weight.rule.l2 === undefined ? [] : [`${weight.rule.l2} * ${path(weight)}.square().sum()`]),
  ]);
  const limits = weights.flatMap((weight) => {
    const { maxNorm } = weight.rule;
    if (maxNorm === undefined) return [];
    const rank = weight.shape.length;
    const axes = (maxNorm.axes ?? [0]).map((axis) => weight.axes.indexOf((axis + rank) % rank));
    const dims = axes.length === 1 ? String(axes[0]) : `(${axes.join(", ")})`;
    return [
      `norm = ${path(weight)}.square().sum(dim=${dims}, keepdim=True).sqrt()`,
      `${path(weight)}.mul_(norm.clamp(0, ${maxNorm.limit}) / (1e-7 + norm))`,
    ];
  });
  return [
    "",
    "    def penalty(self):",
    '        """What the regularizers add to the loss."""',
    `        return ${penalties.length === 0 ? "0.0" : penalties.join(" + ")}`,
    "",
    "    @torch.no_grad()",
    "    def constrain(self):",
    '        """Keeps the constraints after an update."""',
    ...(limits.length === 0 ? ["        return"] : limits.map((line) => `        ${line}`)),
    ...(still.length === 0
      ? []
      : [
          "",
          "    def train(self, mode=True):",
          '        """Normalisations that are not trained use their moving statistics, as in Keras."""',
          "        super().train(mode)",
          ...still.map((node) => `        self.${names.get(node)}.eval()`),
          "        return self",
        ]),
  ];
}

function shapeOf(shape: readonly number[]): string {
  return `(N, ${shape.join(", ")})`;
}
