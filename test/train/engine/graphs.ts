import type { Batch, EngineParameter, SampleArray } from "../../../src/train/engine/engine.ts";
import type { ActivationFunction, Graph, GraphNode, Operation } from "../../../src/train/engine/graph.ts";
import type { LossSpec } from "../../../src/train/losses.ts";
import { mulberry32 } from "./seed.ts";

/** A small network that an engine is checked on. */
export interface Case {
  readonly name: string;
  readonly graph: Graph;
  /** Outputs at one position. */
  readonly outputs: number;
  /** Positions of the output; default 1. */
  readonly rows?: number;
  readonly loss: LossSpec;
}

/** Operations one after the other; each is named by its kind and place. */
export function chain(shape: readonly number[], ...ops: Operation[]): Graph {
  return chainOf({ kind: "input", shape, dtype: "float32" }, ...ops);
}

/** The same, from an input of its own. */
export function chainOf(...ops: Operation[]): Graph {
  const nodes: GraphNode[] = ops.map((op, i) => ({
    name: `${op.kind}${i}`,
    op,
    inputs: i === 0 ? [] : [`${ops[i - 1]!.kind}${i - 1}`],
  }));
  return { nodes, output: nodes.at(-1)!.name };
}

type Conv = Operation & { kind: "conv" };
export const conv = (filters: number, kernelSize: number[], more: Partial<Conv> = {}): Conv => ({
  kind: "conv",
  filters,
  kernelSize,
  ...more,
});
export const act = (name: ActivationFunction, alpha?: number): Operation =>
  alpha === undefined
    ? { kind: "activation", function: name }
    : { kind: "activation", function: name, alpha };
export const relu = act("relu");
const flat = (units: number): Operation => ({ kind: "reshape", shape: [units] });
const dense = (units: number): Operation => ({ kind: "dense", units });
const softmax: Operation = { kind: "softmax" };
const same = { padding: "same" } as const;
const sparse: LossSpec = { kind: "sparseCategoricalCrossentropy" };

const classifier = (name: string, graph: Graph, outputs: number): Case => ({
  name,
  graph,
  outputs,
  loss: sparse,
});

const functions: readonly ActivationFunction[] = [
  "linear",
  "relu6",
  "leaky_relu",
  "elu",
  "selu",
  "gelu",
  "gelu_tanh",
  "sigmoid",
  "hard_sigmoid",
  "silu",
  "tanh",
  "softplus",
  "softsign",
  "exponential",
];

/** A residual block, a join along channels and an up-sampling path, as small ResNets and U-Nets have them. */
const skips: Graph = {
  nodes: [
    { name: "in", inputs: [], op: { kind: "input", shape: [4, 6, 6, 2], dtype: "float32" } },
    { name: "a", inputs: ["in"], op: conv(3, [3, 3, 3], same) },
    { name: "ar", inputs: ["a"], op: relu },
    { name: "b", inputs: ["ar"], op: conv(3, [3, 3, 3], same) },
    { name: "sum", inputs: ["b", "ar"], op: { kind: "add" } },
    { name: "sr", inputs: ["sum"], op: relu },
    { name: "down", inputs: ["sr"], op: { kind: "pool", mode: "max", poolSize: [2, 2, 2] } },
    { name: "c", inputs: ["down"], op: conv(5, [3, 3, 3], { ...same, bias: false }) },
    { name: "cn", inputs: ["c"], op: { kind: "batchNorm" } },
    { name: "cr", inputs: ["cn"], op: relu },
    {
      name: "up",
      inputs: ["cr"],
      op: { kind: "transposedConv", filters: 3, kernelSize: [2, 2, 2], strides: [2, 2, 2], padding: "same" },
    },
    { name: "join", inputs: ["up", "sr"], op: { kind: "concatenate" } },
    { name: "last", inputs: ["join"], op: conv(3, [1, 1, 1]) },
    { name: "out", inputs: ["last"], op: softmax },
  ],
  output: "out",
};

const twoInputs: Graph = {
  nodes: [
    { name: "left", inputs: [], op: { kind: "input", shape: [5, 5, 2], dtype: "float32" } },
    { name: "right", inputs: [], op: { kind: "input", shape: [5, 5, 2], dtype: "float32" } },
    { name: "lc", inputs: ["left"], op: conv(3, [3, 3], same) },
    { name: "rc", inputs: ["right"], op: conv(3, [3, 3], same) },
    { name: "product", inputs: ["lc", "rc"], op: { kind: "multiply" } },
    { name: "most", inputs: ["lc", "product", "rc"], op: { kind: "maximum" } },
    { name: "mean", inputs: ["most", "rc"], op: { kind: "average" } },
    { name: "less", inputs: ["mean", "lc"], op: { kind: "subtract" } },
    { name: "pool", inputs: ["less"], op: { kind: "globalPool", mode: "average" } },
    { name: "out", inputs: ["pool"], op: dense(2) },
  ],
  output: "out",
};

/** Two readers of one value and two layers without biases, wide enough for Winograd. */
const pointsResidual: Graph = {
  nodes: [
    { name: "in", inputs: [], op: { kind: "input", shape: [5, 7, 2], dtype: "float32" } },
    { name: "a", inputs: ["in"], op: conv(8, [3, 3], same) },
    { name: "ar", inputs: ["a"], op: relu },
    { name: "b", inputs: ["ar"], op: conv(8, [3, 3], { ...same, bias: false }) },
    { name: "bn", inputs: ["b"], op: { kind: "batchNorm" } },
    { name: "sum", inputs: ["ar", "bn"], op: { kind: "add" } },
    { name: "c", inputs: ["ar"], op: conv(8, [3, 3], { ...same, bias: false }) },
    { name: "both", inputs: ["sum", "c"], op: { kind: "add" } },
    { name: "pool", inputs: ["both"], op: { kind: "globalPool", mode: "average" } },
    { name: "out", inputs: ["pool"], op: dense(3) },
    { name: "share", inputs: ["out"], op: softmax },
  ],
  output: "share",
};

/** Graphs whose convolutions are wide and deep enough for Winograd's scheme. */
export const winogradCases: readonly Case[] = [
  classifier(
    "by points, 3-D",
    chain(
      [3, 4, 8, 2],
      conv(8, [3, 3, 3], same),
      relu,
      conv(9, [3, 3, 3], same),
      relu,
      flat(864),
      dense(4),
      softmax,
    ),
    4,
  ),
  classifier(
    "by points, valid, dilated, a narrow last tile",
    chain(
      [7, 14, 2],
      conv(9, [3, 3], same),
      relu,
      conv(10, [3, 3], { dilation: [2, 1] }),
      conv(8, [2, 3], same),
      flat(288),
      dense(4),
      softmax,
    ),
    4,
  ),
  classifier("by points, residual", pointsResidual, 3),
  classifier(
    "by points, transposed",
    chain(
      [4, 6, 8],
      { kind: "transposedConv", filters: 9, kernelSize: [3, 3] },
      relu,
      conv(8, [3, 3], same),
      flat(384),
      dense(3),
      softmax,
    ),
    3,
  ),
];

export const cases: readonly Case[] = [
  ...winogradCases,
  classifier(
    "conv 3-D same",
    chain(
      [5, 6, 7, 1],
      conv(3, [3, 3, 3], same),
      relu,
      conv(3, [3, 3, 3], same),
      relu,
      flat(630),
      dense(10),
      relu,
      dense(5),
      softmax,
    ),
    5,
  ),
  classifier(
    "conv strides, even kernels",
    chain(
      [9, 8, 7, 2],
      conv(5, [3, 2, 3], { ...same, strides: [2, 2, 1] }),
      relu,
      conv(4, [3, 3, 3], { ...same, strides: [2, 2, 2] }),
      flat(96),
      dense(5),
      softmax,
    ),
    5,
  ),
  classifier(
    "strides beyond kernels",
    chain(
      [9, 9, 9, 3],
      conv(2, [2, 2, 2], { ...same, strides: [3, 3, 3] }),
      relu,
      conv(7, [2, 3, 2], { ...same, strides: [1, 2, 1] }),
      relu,
      flat(126),
      dense(5),
      softmax,
    ),
    5,
  ),
  classifier(
    "folded axes, frozen taps",
    chain(
      [12, 12, 3, 1],
      conv(2, [3, 3, 3], { ...same, strides: [4, 4, 4] }),
      relu,
      conv(4, [3, 3, 3], same),
      relu,
      conv(2, [3, 3, 3], same),
      relu,
      flat(18),
      dense(5),
      softmax,
    ),
    5,
  ),
  classifier(
    "1x1 with strides, valid",
    chain(
      [8, 8, 8, 4],
      conv(6, [1, 1, 1], { strides: [2, 2, 2] }),
      relu,
      conv(8, [3, 3, 3]),
      flat(64),
      dense(5),
      softmax,
    ),
    5,
  ),
  classifier(
    "conv 2-D",
    chain(
      [12, 11, 3],
      conv(8, [3, 3], same),
      relu,
      conv(16, [3, 3], { ...same, strides: [2, 2] }),
      relu,
      conv(8, [3, 3], same),
      relu,
      flat(288),
      dense(5),
      softmax,
    ),
    5,
  ),
  classifier(
    "conv 12, 9 filters valid",
    chain([4, 6, 6, 1], conv(12, [3, 3, 3]), relu, conv(9, [2, 3, 3]), relu, flat(36), dense(5), softmax),
    5,
  ),
  classifier(
    "conv 1-D causal, dilated",
    chain(
      [9, 2],
      conv(3, [3], { padding: "causal", dilation: [2] }),
      relu,
      conv(4, [2], { padding: "causal" }),
      relu,
      flat(36),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "dilation",
    chain(
      [9, 10, 2],
      conv(3, [3, 3], { ...same, dilation: [2, 3] }),
      relu,
      conv(4, [3, 2], { dilation: [1, 2] }),
      flat(224),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "dilation with strides",
    chain(
      [11, 12, 2],
      conv(3, [3, 3], same),
      relu,
      conv(4, [3, 2], { ...same, dilation: [2, 3], strides: [3, 2] }),
      flat(96),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "dilation beyond the input",
    chain(
      [1, 5, 2],
      conv(3, [2, 3], { ...same, dilation: [2, 4] }),
      relu,
      conv(3, [2, 3], { ...same, dilation: [2, 4] }),
      flat(15),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "groups",
    chain(
      [6, 5, 6],
      conv(4, [3, 3], { ...same, groups: 2 }),
      relu,
      conv(6, [3, 3], { groups: 2, strides: [2, 2] }),
      flat(24),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "depthwise and pointwise",
    chain(
      [7, 6, 5],
      conv(10, [3, 3], { ...same, groups: 5, bias: false }),
      conv(4, [1, 1]),
      relu,
      conv(4, [3, 3], { ...same, groups: 4, strides: [2, 2] }),
      flat(48),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "conv 17 and 20 filters",
    chain(
      [5, 5, 3],
      conv(17, [3, 3], same),
      relu,
      conv(20, [3, 3], same),
      relu,
      flat(500),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "transposed 2-D",
    chain(
      [4, 3, 3],
      { kind: "transposedConv", filters: 2, kernelSize: [3, 3], strides: [2, 2], padding: "same" },
      relu,
      { kind: "transposedConv", filters: 5, kernelSize: [2, 3], strides: [3, 1] },
      flat(960),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "transposed 3-D, output padding",
    chain(
      [2, 3, 3, 2],
      {
        kind: "transposedConv",
        filters: 3,
        kernelSize: [3, 3, 3],
        strides: [2, 2, 2],
        padding: "same",
        outputPadding: [1, 0, 1],
      },
      relu,
      { kind: "transposedConv", filters: 2, kernelSize: [2, 2, 2], strides: [1, 3, 1], bias: false },
      flat(1050),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "transposed 1-D, stride beyond kernel, dilated",
    chain(
      [5, 2],
      { kind: "transposedConv", filters: 3, kernelSize: [2], strides: [3] },
      act("tanh"),
      { kind: "transposedConv", filters: 2, kernelSize: [3], dilation: [2] },
      flat(38),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "pools",
    chain(
      [7, 8, 3],
      conv(4, [3, 3], same),
      { kind: "pool", mode: "max", poolSize: [2, 2], padding: "same" },
      { kind: "pool", mode: "average", poolSize: [3, 2], strides: [1, 2], padding: "same" },
      { kind: "pool", mode: "average", poolSize: [2, 2], strides: [2, 1] },
      conv(3, [1, 1]),
      { kind: "globalPool", mode: "max" },
      softmax,
    ),
    3,
  ),
  classifier(
    "pools 3-D and 1-D",
    chain(
      [4, 5, 6, 2],
      conv(4, [2, 2, 2], same),
      relu,
      { kind: "pool", mode: "max", poolSize: [2, 3, 2], strides: [1, 1, 2], padding: "same" },
      { kind: "reshape", shape: [60, 4] },
      { kind: "pool", mode: "max", poolSize: [4], strides: [6] },
      { kind: "globalPool", mode: "average" },
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "global average with kept axes",
    chain(
      [6, 6, 2],
      conv(5, [3, 3]),
      relu,
      { kind: "globalPool", mode: "average", keepDims: true },
      conv(3, [1, 1]),
      flat(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "batch norm",
    chain(
      [6, 5, 2],
      conv(5, [3, 3], { ...same, bias: false }),
      { kind: "batchNorm" },
      relu,
      conv(4, [3, 3]),
      { kind: "batchNorm", momentum: 0.9, epsilon: 1e-5, scale: false },
      relu,
      flat(48),
      dense(6),
      { kind: "batchNorm", center: false },
      relu,
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "dropout",
    chain(
      [6, 5, 2],
      { kind: "dropout", rate: 0.2 },
      conv(5, [3, 3], same),
      relu,
      { kind: "dropout", rate: 0.4, spatial: true },
      flat(150),
      { kind: "dropout", rate: 0.5 },
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "zero padding, up-sampling",
    chain(
      [4, 3, 2],
      {
        kind: "zeroPadding",
        padding: [
          [1, 2],
          [0, 1],
        ],
      },
      conv(3, [2, 2]),
      relu,
      { kind: "upSampling", size: [2, 3] },
      {
        kind: "zeroPadding",
        padding: [
          [0, 1],
          [2, 0],
        ],
      },
      conv(3, [3, 3], { strides: [2, 2] }),
      flat(90),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "zero padding, up-sampling 3-D",
    chain(
      [2, 3, 2, 2],
      conv(3, [1, 1, 1]),
      { kind: "upSampling", size: [2, 1, 2] },
      {
        kind: "zeroPadding",
        padding: [
          [1, 0],
          [1, 1],
          [0, 2],
        ],
      },
      conv(2, [3, 3, 3]),
      flat(72),
      dense(3),
      softmax,
    ),
    3,
  ),
  ...functions.map((name) =>
    classifier(
      `activation ${name}`,
      chain([4, 3, 2], conv(4, [2, 2], same), act(name), flat(48), dense(3), softmax),
      3,
    ),
  ),
  classifier(
    "leaky_relu and elu with alpha",
    chain(
      [4, 3, 2],
      conv(4, [2, 2], same),
      act("leaky_relu", 0.3),
      conv(4, [2, 2], same),
      act("elu", 0.5),
      flat(48),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "softmax inside",
    chain(
      [4, 3, 2],
      conv(4, [2, 2], same),
      softmax,
      conv(4, [2, 2], same),
      act("sigmoid"),
      flat(48),
      dense(3),
      softmax,
    ),
    3,
  ),
  classifier(
    "dense on positions",
    chain([4, 3, 5], dense(6), relu, dense(4), flat(48), dense(3), softmax),
    3,
  ),
  classifier("dense only", chain([13], dense(21), relu, dense(7), relu, dense(3), softmax), 3),
  {
    name: "residual, U-shape",
    graph: skips,
    outputs: 3,
    rows: 144,
    loss: { kind: "sparseCategoricalCrossentropy" },
  },
  { name: "two inputs, merges", graph: twoInputs, outputs: 2, loss: { kind: "meanSquaredError" } },
  {
    name: "categorical cross-entropy, smoothed",
    graph: chain([13], dense(21), relu, dense(3), softmax),
    outputs: 3,
    loss: { kind: "categoricalCrossentropy", labelSmoothing: 0.1 },
  },
  {
    name: "categorical cross-entropy of no softmax",
    graph: chain([13], dense(21), relu, dense(3), act("softplus")),
    outputs: 3,
    loss: { kind: "categoricalCrossentropy" },
  },
  {
    name: "sparse cross-entropy of no softmax",
    graph: chain([13], dense(21), relu, dense(3), act("sigmoid")),
    outputs: 3,
    loss: { kind: "sparseCategoricalCrossentropy" },
  },
  {
    name: "sparse cross-entropy of logits",
    graph: chain([13], dense(21), relu, dense(3)),
    outputs: 3,
    loss: { kind: "sparseCategoricalCrossentropy", fromLogits: true },
  },
  {
    name: "binary cross-entropy",
    graph: chain([13], dense(21), relu, dense(3), act("sigmoid")),
    outputs: 3,
    loss: { kind: "binaryCrossentropy", labelSmoothing: 0.2 },
  },
  {
    name: "binary cross-entropy of no sigmoid",
    graph: chain([13], dense(21), relu, dense(3), act("hard_sigmoid")),
    outputs: 3,
    loss: { kind: "binaryCrossentropy" },
  },
  {
    name: "mean absolute error",
    graph: chain([13], dense(21), relu, dense(3)),
    outputs: 3,
    loss: { kind: "meanAbsoluteError" },
  },
  {
    name: "huber",
    graph: chain([13], dense(21), relu, dense(3)),
    outputs: 3,
    loss: { kind: "huber", delta: 0.3 },
  },
];

/** Weights between -0.3 and 0.3, variances and gammas around 1. */
export function randomWeights(
  parameters: readonly EngineParameter[],
  seed: number,
): Map<string, Float32Array> {
  const random = mulberry32(seed);
  return new Map(
    parameters.map(({ name, parameter, shape }) => {
      const around = parameter === "gamma" || parameter === "movingVariance" ? 1 : 0;
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, Float32Array.from({ length: size }, () => around + (random() - 0.5) * 0.6)];
    }),
  );
}

/** Inputs between -0.5 and 0.5 (or bytes), targets that fit the case's loss. */
export function randomBatch({ graph, outputs, rows = 1, loss }: Case, samples: number, seed: number): Batch {
  const random = mulberry32(seed);
  const inputs = graph.nodes.flatMap(({ op }): SampleArray[] => {
    if (op.kind !== "input") return [];
    const length = samples * op.shape.reduce((a, b) => a * b, 1);
    return op.dtype === "uint8"
      ? [Uint8Array.from({ length }, () => random() * 256)]
      : [Float32Array.from({ length }, () => random() - 0.5)];
  });
  const sparse = loss.kind === "sparseCategoricalCrossentropy";
  const targets = sparse
    ? Int32Array.from({ length: samples * rows }, () => Math.floor(random() * outputs))
    : Float32Array.from({ length: samples * rows * outputs }, () => random());
  return { inputs, targets };
}
