import { ReadError } from "../../errors.ts";
import type { Graph, GraphNode, Operation, ParameterRule } from "./graph.ts";
import { type Axis, axisOf, sizeOf, transposedAxisOf } from "./shape.ts";

/** A graph whose shapes are worked out and whose names are indices. */
export interface ResolvedGraph {
  readonly nodes: readonly ResolvedNode[];
  /** Indices of the input nodes, in order. */
  readonly inputs: readonly number[];
  readonly output: number;
}

export interface ResolvedNode {
  readonly name: string;
  readonly op: Operation;
  readonly inputs: readonly number[];
  /** Of one sample of its value, channels last. */
  readonly shape: readonly number[];
  /**
   * Spatial axes of a convolution or pooling; of a transposed convolution those of the convolution whose input
   * gradient it is.
   */
  readonly axes: readonly Axis[];
  readonly parameters: readonly ResolvedParameter[];
}

export interface ResolvedParameter {
  /** `<node>/<parameter>`. */
  readonly name: string;
  readonly parameter: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  readonly rule: ParameterRule;
}

/** Checks a graph and works out every shape. Throws `bad-option` naming the layer, what it expected and what it got. */
export function resolveGraph(graph: Graph): ResolvedGraph {
  const index = new Map<string, number>();
  const nodes: ResolvedNode[] = [];
  for (const node of graph.nodes) {
    if (index.has(node.name)) fail(node, "another layer has the same name; names must be unique");
    const inputs = node.inputs.map((name) => {
      const found = index.get(name);
      if (found === undefined) fail(node, `its input "${name}" is not a layer before it`);
      return found;
    });
    checkInputCount(node);
    nodes.push(resolveNode(node, inputs, nodes));
    index.set(node.name, nodes.length - 1);
  }
  const output = index.get(graph.output);
  if (output === undefined)
    throw new ReadError("bad-option", `The graph's output "${graph.output}" is no layer of it.`);
  return { nodes, inputs: nodes.flatMap((node, i) => (node.op.kind === "input" ? [i] : [])), output };
}

function fail(node: GraphNode, reason: string): never {
  throw new ReadError("bad-option", `Layer ${node.name} (${node.op.kind}): ${reason}.`);
}

function checkInputCount(node: GraphNode): void {
  const { kind } = node.op;
  const merges =
    kind === "add" ||
    kind === "multiply" ||
    kind === "average" ||
    kind === "maximum" ||
    kind === "concatenate";
  const [least, most] = kind === "input" ? [0, 0] : kind === "subtract" ? [2, 2] : merges ? [2, 1e9] : [1, 1];
  const count = node.inputs.length;
  if (count < least || count > most) {
    fail(node, `expected ${least === most ? least : `at least ${least}`} inputs, found ${count}`);
  }
}

interface Resolution {
  readonly shape: readonly number[];
  readonly axes?: readonly Axis[];
  readonly parameters?: readonly (readonly [name: string, shape: readonly number[]])[];
}

function resolveNode(
  node: GraphNode,
  inputs: readonly number[],
  before: readonly ResolvedNode[],
): ResolvedNode {
  const shapes = inputs.map((i) => before[i]!.shape);
  const { shape, axes = [], parameters = [] } = resolutionOf(node, shapes);
  if (shape.length === 0 || !shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
    fail(node, `its output would have the shape [${shape}]; every extent must be a positive integer`);
  }
  for (const name of Object.keys(node.rules ?? {})) {
    if (!parameters.some(([parameter]) => parameter === name)) fail(node, `it has no parameter "${name}"`);
  }
  return {
    name: node.name,
    op: node.op,
    inputs,
    shape,
    axes,
    parameters: parameters.map(([parameter, size]) => {
      const rule = node.rules?.[parameter] ?? {};
      const averaged = parameter === "movingMean" || parameter === "movingVariance";
      const trainable = !averaged && rule.trainable !== false;
      return { name: `${node.name}/${parameter}`, parameter, shape: size, trainable, rule };
    }),
  };
}

function resolutionOf(node: GraphNode, shapes: readonly (readonly number[])[]): Resolution {
  const { op } = node;
  const shape = shapes[0] ?? [];
  const channels = shape.at(-1) ?? 0;
  switch (op.kind) {
    case "input":
      return { shape: op.shape };
    case "conv":
      return resolveConv(node, op, shape);
    case "transposedConv": {
      const spatial = spatialOf(node, shape, op.kernelSize.length);
      const axes = axisSizes(node, op, spatial).map((size, i) =>
        transposedAxisOf(size, op.padding ?? "valid", op.outputPadding?.[i], node.name),
      );
      const kernel = ["kernel", [...op.kernelSize, positive(node, "filters", op.filters), channels]] as const;
      return {
        shape: [...axes.map((axis) => axis.input), op.filters],
        axes,
        parameters: op.bias === false ? [kernel] : [kernel, ["bias", [op.filters]]],
      };
    }
    case "dense": {
      const kernel = ["kernel", [channels, positive(node, "units", op.units)]] as const;
      return {
        shape: [...shape.slice(0, -1), op.units],
        parameters: op.bias === false ? [kernel] : [kernel, ["bias", [op.units]]],
      };
    }
    case "activation":
    case "softmax":
      return { shape };
    case "dropout":
      if (!(op.rate >= 0 && op.rate < 1))
        fail(node, `expected a rate of at least 0 and below 1, found ${op.rate}`);
      return { shape };
    case "batchNorm": {
      const names = [
        ...(op.scale === false ? [] : ["gamma"]),
        ...(op.center === false ? [] : ["beta"]),
        "movingMean",
        "movingVariance",
      ];
      return { shape, parameters: names.map((name) => [name, [channels]] as const) };
    }
    case "pool": {
      const spatial = spatialOf(node, shape, op.poolSize.length);
      const sizes = axisSizes(node, { kernelSize: op.poolSize, strides: op.strides ?? op.poolSize }, spatial);
      const axes = sizes.map((size) => axisOf(size, op.padding ?? "valid", node.name));
      return { shape: [...axes.map((axis) => axis.output), channels], axes };
    }
    case "globalPool":
      if (shape.length < 2) fail(node, `expected an input with spatial axes, found the shape [${shape}]`);
      return { shape: op.keepDims ? [...shape.slice(0, -1).map(() => 1), channels] : [channels] };
    case "zeroPadding": {
      const spatial = spatialOf(node, shape, op.padding.length);
      if (!op.padding.flat().every((n) => Number.isSafeInteger(n) && n >= 0))
        fail(node, "expected paddings of whole numbers, 0 or more");
      return { shape: [...spatial.map((n, i) => n + op.padding[i]![0] + op.padding[i]![1]), channels] };
    }
    case "upSampling": {
      const spatial = spatialOf(node, shape, op.size.length);
      return { shape: [...spatial.map((n, i) => n * positive(node, "size", op.size[i]!)), channels] };
    }
    case "reshape":
      if (sizeOf(op.shape) !== sizeOf(shape))
        fail(
          node,
          `cannot reshape [${shape}] into [${op.shape}]: ${sizeOf(shape)} numbers against ${sizeOf(op.shape)}`,
        );
      return { shape: op.shape };
    case "add":
    case "subtract":
    case "multiply":
    case "average":
    case "maximum":
      for (const other of shapes) {
        if (other.join() !== shape.join())
          fail(node, `expected inputs of one shape, found [${shape}] and [${other}]`);
      }
      return { shape };
    case "concatenate":
      for (const other of shapes) {
        if (other.slice(0, -1).join() !== shape.slice(0, -1).join())
          fail(node, `expected inputs that differ in the last axis only, found [${shape}] and [${other}]`);
      }
      return { shape: [...shape.slice(0, -1), shapes.reduce((sum, other) => sum + other.at(-1)!, 0)] };
  }
}

function resolveConv(
  node: GraphNode,
  op: Operation & { kind: "conv" },
  shape: readonly number[],
): Resolution {
  const rank = op.kernelSize.length;
  const spatial = spatialOf(node, shape, rank);
  const channels = shape.at(-1)!;
  const { groups = 1, padding = "valid" } = op;
  positive(node, "filters", op.filters);
  positive(node, "groups", groups);
  if (channels % groups !== 0 || op.filters % groups !== 0) {
    fail(
      node,
      `groups must divide channels and filters; found ${groups} groups, ${channels} channels, ${op.filters} filters`,
    );
  }
  if (padding === "causal" && rank !== 1) fail(node, "causal padding is for one spatial axis");
  const axes = axisSizes(node, op, spatial).map((size) => axisOf(size, padding, node.name));
  const kernel = ["kernel", [...op.kernelSize, channels / groups, op.filters]] as const;
  return {
    shape: [...axes.map((axis) => axis.output), op.filters],
    axes,
    parameters: op.bias === false ? [kernel] : [kernel, ["bias", [op.filters]]],
  };
}

function spatialOf(node: GraphNode, shape: readonly number[], rank: number): readonly number[] {
  if (rank < 1 || rank > 3) fail(node, `expected 1 to 3 spatial axes, found ${rank}`);
  if (shape.length !== rank + 1) {
    fail(
      node,
      `expected ndim=${rank + 2} (batch, ${rank} spatial, channels), found ndim=${shape.length + 1}; the input of one sample has the shape [${shape}]`,
    );
  }
  return shape.slice(0, -1);
}

function axisSizes(
  node: GraphNode,
  op: {
    readonly kernelSize: readonly number[];
    readonly strides?: readonly number[];
    readonly dilation?: readonly number[];
  },
  spatial: readonly number[],
): { input: number; kernel: number; stride: number; dilation: number }[] {
  for (const [name, list] of [
    ["strides", op.strides],
    ["dilation", op.dilation],
  ] as const) {
    if (list !== undefined && list.length !== spatial.length)
      fail(node, `expected ${spatial.length} ${name}, found ${list.length}`);
  }
  return spatial.map((input, i) => ({
    input,
    kernel: positive(node, "kernelSize", op.kernelSize[i]!),
    stride: positive(node, "strides", op.strides?.[i] ?? 1),
    dilation: positive(node, "dilation", op.dilation?.[i] ?? 1),
  }));
}

function positive(node: GraphNode, what: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    fail(node, `expected ${what} to be a positive integer, found ${value}`);
  return value;
}
