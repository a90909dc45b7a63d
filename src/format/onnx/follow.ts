import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { isFollowed, madeBy, stored, storedSparse } from "./constant-nodes.ts";
import { type Consumers, consumersOf, graphsOf } from "./consumers.ts";
import { batchNormAfter, convolutionOf, quantizedKernel } from "./convolutions.ts";
import { STRING } from "./data-types.ts";
import type { FollowState } from "./follow-state.ts";
import {
  functionKey,
  type OnnxAttribute,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  plainDomain,
} from "./messages.ts";
import type { ValueFiles } from "./onnx-tensor.ts";
import { convOperator } from "./operators.ts";
import { attributeOf, define, lookUp, newScope, type Scope } from "./scope.ts";
import { tensorNames } from "./tensor-names.ts";

/** Calls of a model's own functions that are followed: a function that calls others twice doubles at every level. */
export const MAX_FUNCTION_CALLS = 20_000;

/** What a tensor and a convolution count as: by the memory that they take, in units of some sixty bytes. */
const TENSOR = 15;
const CONVOLUTION = 30;

/** What is found by going through a model's nodes. */
export interface Followed {
  readonly facts: readonly LayerFacts[];
  readonly tensors: readonly Tensor[];
  readonly rejected: ReadonlyMap<string, string>;
  /** Convolutions whose weights the file does not hold as such, each as a sentence. */
  readonly missing: readonly string[];
}

/** A graph's or a function's body, with its scope. */
interface Body {
  readonly nodes: readonly OnnxNode[];
  readonly outputs: readonly string[];
  readonly scope: Scope;
  /** Made when first asked for. */
  readonly consumers: () => Consumers;
  readonly producers: () => ReadonlyMap<string, OnnxNode>;
}

/**
 * Goes through a model's nodes in their order, subgraphs and functions at the nodes that hold them, and follows
 * constants to the convolutions that use them.
 *
 * @throws ReadError `ambiguous` (a name defined twice), `limit`, or what reading scales and shapes says.
 */
export async function followModel(
  model: OnnxModel,
  files: ValueFiles,
  budget: Budget,
  signal: AbortSignal | undefined,
): Promise<Followed> {
  const state: FollowState = {
    functions: model.functions,
    files,
    budget,
    context: { budget, signal },
    names: tensorNames(),
    facts: [],
    rejected: new Map(),
    missing: [],
    kernels: new Map(),
    calls: 0,
    convolutions: 0,
  };
  await followGraph(state, model.graph, newScope({ shapes: model.graph.shapes }));
  const { facts, rejected, missing, names } = state;
  return { facts, tensors: names.tensors, rejected, missing };
}

async function followGraph(state: FollowState, graph: OnnxGraph, scope: Scope): Promise<void> {
  const standing = { path: scope.path, isNode: false };
  for (const proto of graph.initializers) {
    state.budget.count(TENSOR, "tensors");
    if (proto.type === STRING) define(scope, proto.name, null);
    else define(scope, proto.name, stored(state, proto, proto.name, standing));
  }
  for (const proto of graph.sparse) {
    const { name } = proto.values;
    define(scope, name, storedSparse(state, proto, name, standing));
  }
  // An input that no initializer stands for hides what is around the graph.
  for (const name of graph.inputs) if (!scope.values.has(name)) define(scope, name, null);
  await followNodes(state, bodyOf(graph.nodes, graph.outputs, scope, state.budget));
}

function bodyOf(nodes: readonly OnnxNode[], outputs: readonly string[], scope: Scope, budget: Budget): Body {
  let consumers: Consumers | undefined;
  let producers: Map<string, OnnxNode> | undefined;
  return {
    nodes,
    outputs,
    scope,
    consumers: () => (consumers ??= consumersOf(nodes, outputs, budget)),
    producers: () =>
      (producers ??= new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))),
  };
}

async function followNodes(state: FollowState, body: Body): Promise<void> {
  const { scope, nodes } = body;
  state.budget.enter(scope.depth, "ONNX graphs and functions");
  const found: { readonly node: OnnxNode; readonly at: number }[] = [];
  for (const node of nodes) {
    state.budget.count(1, "ONNX nodes");
    const domain = plainDomain(node.domain);
    const called = state.functions.get(functionKey(node.domain, node.operator, node.overload));
    if (called !== undefined) {
      await followCall(state, node, called, scope);
      continue;
    }
    const operator = convOperator(domain, node.operator);
    if (operator !== undefined) {
      const at = await followConvolution(state, node, operator, body);
      if (at !== null) found.push({ node, at });
      noteUses(state, node, scope, operator.weight);
    } else noteUses(state, node, scope, null);
    for (const graph of graphsOf(node)) await followSubgraph(state, node, graph, scope);
    const value = isFollowed(domain, node.operator) ? await madeBy(state, node, scope) : null;
    for (const [i, name] of node.outputs.entries()) define(scope, name, i === 0 ? value : null);
  }
  // Normalisations stand after their convolutions, and so may their constants.
  for (const { node, at } of found) {
    const batchNorm = batchNormAfter(node, body.consumers(), scope);
    if (batchNorm !== null) state.facts[at] = { ...state.facts[at]!, batchNorm };
  }
}

/** Finds the convolution at `node`; the index of its facts, or null. */
async function followConvolution(
  state: FollowState,
  node: OnnxNode,
  operator: NonNullable<ReturnType<typeof convOperator>>,
  body: Body,
): Promise<number | null> {
  const { scope } = body;
  state.budget.count(CONVOLUTION, "convolutions");
  const at = state.convolutions++;
  const name = node.inputs[operator.weight] ?? "";
  const given = lookUp(scope, name);
  const { quantized } = operator;
  const weight =
    given === null || quantized === undefined
      ? given
      : await quantizedKernel(
          node,
          quantized,
          given,
          scope,
          body.consumers(),
          body.producers(),
          state.context,
        );
  if (weight === null) {
    const shown = JSON.stringify(node.name || node.outputs[0] || `op_${at}`);
    const from = body.producers().get(name)?.operator;
    state.missing.push(
      given !== null
        ? `The scale or zero point of the convolution ${shown} is computed while the model runs.`
        : from === undefined
          ? `The convolution ${shown} gets its weights from outside the file.`
          : `The convolution ${shown} gets its weights from ${from}, which computes them while the model runs.`,
    );
    return null;
  }
  const own = { ...weight, tensor: kernelOf(state, node, operator, given!.tensor, weight.tensor) };
  const found = convolutionOf(node, operator, own, scope, at);
  if (found.kind === "rejected") {
    state.rejected.set(found.tensor.name, found.reason);
    // Only tensors that could be kernels are listed as rejected.
    if (found.tensor.shape.length < 3 || found.tensor.shape.length > 5) state.missing.push(found.reason);
    return null;
  }
  return state.facts.push(found.facts) - 1;
}

/**
 * `kernel` by a name that only convolutions with the same view of `stored` and the same scales share: the tensor's
 * own, or that of the value that the node is given.
 */
function kernelOf(
  { kernels }: FollowState,
  { inputs }: OnnxNode,
  { weight, quantized }: NonNullable<ReturnType<typeof convOperator>>,
  stored: Tensor,
  kernel: Tensor,
): Tensor {
  const scales = quantized === undefined ? [] : [inputs[quantized.scale ?? -1], inputs[quantized.zero]];
  const [given = "", seen] = [inputs[weight], [stored, ...scales]];
  const isSame = (name: string): boolean => {
    const other = kernels.get(name);
    return other === undefined || other.every((part, i) => part === seen[i]);
  };
  let name = [kernel.name, given].find(isSame);
  for (let copy = 2; name === undefined; copy++) if (isSame(`${given}#${copy}`)) name = `${given}#${copy}`;
  kernels.set(name, seen);
  return name === kernel.name ? kernel : { ...kernel, name };
}

/** Notes which operators use a tensor; the first one that is no convolution's kernel is told. */
function noteUses(state: FollowState, node: OnnxNode, scope: Scope, kernelAt: number | null): void {
  for (const [i, name] of node.inputs.entries()) {
    if (i === kernelAt || name === "") continue;
    const value = lookUp(scope, name);
    if (value === null || value.tensor.shape.length < 3 || state.rejected.has(value.tensor.name)) continue;
    if (isFollowed(plainDomain(node.domain), node.operator)) continue;
    state.rejected.set(value.tensor.name, `${node.operator} uses it, which is no convolution.`);
  }
}

async function followSubgraph(
  state: FollowState,
  node: OnnxNode,
  graph: OnnxGraph,
  scope: Scope,
): Promise<void> {
  const name = [...node.attributes.values()].find(({ graphs }) => graphs.includes(graph))?.name ?? "graph";
  const inner = newScope({
    shapes: graph.shapes,
    parent: scope,
    attributes: scope.attributes,
    path: [...scope.path, node.name || node.operator, name],
    callers: scope.callers,
    depth: scope.depth + 1,
  });
  bindLoop(node, graph, scope, inner);
  await followGraph(state, graph, inner);
}

/** A weight that a Loop hands from turn to turn unchanged is that weight in its body. */
function bindLoop(node: OnnxNode, graph: OnnxGraph, scope: Scope, inner: Scope): void {
  if (node.operator !== "Loop" || plainDomain(node.domain) !== "") return;
  const same = new Map(
    graph.nodes.flatMap(({ operator, inputs, outputs }) =>
      operator === "Identity" && outputs[0] !== undefined ? [[outputs[0], inputs[0] ?? ""] as const] : [],
    ),
  );
  for (let i = 2; i < node.inputs.length; i++) {
    const input = graph.inputs[i];
    const output = graph.outputs[i - 1];
    if (input === undefined || output === undefined || (output !== input && same.get(output) !== input))
      continue;
    const value = lookUp(scope, node.inputs[i]!);
    if (value !== null && !graph.initializers.some(({ name }) => name === input))
      inner.values.set(input, value);
  }
}

async function followCall(
  state: FollowState,
  node: OnnxNode,
  called: OnnxFunction,
  scope: Scope,
): Promise<void> {
  if (++state.calls > MAX_FUNCTION_CALLS)
    throw new ReadError(
      "limit",
      `The ONNX model calls its own functions more than ${MAX_FUNCTION_CALLS} times.`,
    );
  const attributes = new Map<string, OnnxAttribute>(called.defaults);
  for (const name of node.attributes.keys()) {
    const attribute = attributeOf(scope, node, name);
    if (attribute !== undefined) attributes.set(name, attribute);
  }
  const inner = newScope({
    shapes: called.shapes,
    attributes,
    path: [...scope.path, node.name || node.operator],
    callers: [...scope.callers, node.name || node.operator],
    depth: scope.depth + 1,
  });
  for (const [i, name] of called.inputs.entries()) define(inner, name, lookUp(scope, node.inputs[i] ?? ""));
  await followNodes(state, bodyOf(called.nodes, called.outputs, inner, state.budget));
  for (const [i, name] of node.outputs.entries()) define(scope, name, lookUp(inner, called.outputs[i] ?? ""));
}
