import { ReadError } from "../../errors.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { BatchNorm } from "../../model/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { channelsOf } from "./channels.ts";
import { type Followers, findFollowers, normOf, type Uses, usesAmong } from "./followers.ts";
import { geometryOf } from "./geometry.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { CONV_OPERATORS, type ConvOperator, isFolded, layerNames, operatorAxes } from "./operators.ts";
import { calledNames, calledScopes, inOrder, type Scope } from "./scope.ts";
import { type FoundWeight, findWeight, type WeightContext } from "./weight.ts";
import { XLA_OPERATORS, xlaConvolution } from "./xla-convolution.ts";

/** A convolution of a graph, and what to call it when its layer has several kernels. */
export interface FoundConvolution {
  readonly facts: LayerFacts;
  readonly whole: string;
}

/** What was found in a graph. */
export interface FoundConvolutions {
  readonly convolutions: readonly FoundConvolution[];
  /** Operators that convolve with something that is not stored: `name (operator)`. */
  readonly computed: readonly string[];
}

/** A part of a graph that is run: a main graph or a function. */
export interface EntryPoint {
  readonly scope: Scope;
  /** What is wanted of it; null: everything in it. */
  readonly outputs: readonly string[] | null;
}

/** The convolutions of a graph in the order in which they are run, through every function that is called. */
export async function findConvolutions(
  entries: readonly EntryPoint[],
  context: WeightContext,
): Promise<FoundConvolutions> {
  const convolutions: FoundConvolution[] = [];
  const computed = new Set<string>();
  const uses: Uses = new Map();
  const convolve = new Map<Graph, ReadonlySet<string>>();
  const visit = async ({ scope, outputs }: EntryPoint): Promise<void> => {
    const nodes = inOrder(scope, outputs);
    context.budget.count(nodes.length, "operators of the graph");
    uses.set(scope, usesAmong(scope, nodes));
    for (const node of nodes) {
      // Depth is bounded by the budget where a scope is made.
      if (!mayConvolve(node, scope.graph, convolve)) continue;
      for (const inner of calledScopes(scope, node, context.budget)) {
        await visit({ scope: inner, outputs: inner.called?.returns ?? null });
      }
      const operator = CONV_OPERATORS.get(node.op);
      if (operator === undefined && !XLA_OPERATORS.has(node.op)) continue;
      const found =
        operator === undefined
          ? await xlaConvolution(scope, node, context)
          : await convolutionOf(scope, node, operator, { ...context, uses });
      if (found === null) computed.add(`${node.name} (${node.op})`);
      else convolutions.push(found);
    }
  };
  for (const entry of entries) await visit(entry);
  return { convolutions, computed: [...computed] };
}

/** Whether an operator convolves or calls a function that may. */
function mayConvolve(node: GraphNode, graph: Graph, known: Map<Graph, ReadonlySet<string>>): boolean {
  if (CONV_OPERATORS.has(node.op) || XLA_OPERATORS.has(node.op)) return true;
  let functions = known.get(graph);
  if (functions === undefined) {
    functions = convolvingFunctions(graph);
    known.set(graph, functions);
  }
  return functions.size > 0 && calledNames(node, graph).some((name) => functions.has(name));
}

/** Names of the functions with a convolution in them or in what they call. */
function convolvingFunctions({ functions }: Graph): ReadonlySet<string> {
  const callers = new Map<string, string[]>();
  const pending: string[] = [];
  for (const { name, nodes } of functions.values()) {
    if (nodes.some(({ op }) => CONV_OPERATORS.has(op) || XLA_OPERATORS.has(op))) pending.push(name);
    for (const node of nodes) {
      for (const called of calledNames(node, { nodes, functions })) {
        const list = callers.get(called);
        if (list === undefined) callers.set(called, [name]);
        else list.push(name);
      }
    }
  }
  const found = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    pending.push(...(callers.get(name) ?? []));
  }
  return found;
}

async function convolutionOf(
  scope: Scope,
  node: GraphNode,
  operator: ConvOperator,
  context: WeightContext & { readonly uses: Uses },
): Promise<FoundConvolution | null> {
  const weight = node.inputs[1] === undefined ? null : await findWeight(scope, node.inputs[1], context);
  const axes = operator.rank ?? (weight?.tensor.shape.length ?? 0) - 2;
  if (weight === null || (axes !== 2 && axes !== 3) || weight.tensor.shape.length !== axes + 2) return null;
  const { kernel, rank } = ownKernel(weight, axes);
  const { kind } = operator;
  const geometry = await geometryOf(scope, node, { axes, rank, data: operator.data }, context);
  const inputs = geometry.inputs ?? (await channelsOf(scope, node.inputs[operator.data], context));
  const [beforeLast, last] = [kernel.shape.at(-2)!, kernel.shape.at(-1)!];
  const outputs = kind === "depthwise" ? beforeLast * last : kind === "transposed" ? beforeLast : last;
  const after = operator.fused
    ? await fusedFollowers(scope, node, outputs, context)
    : await findFollowers(scope, node, outputs, context);
  const { layer, whole } = layerNames(weight.alias, node.name);
  return {
    whole,
    facts: {
      name: layer,
      kind,
      axisOrder: operatorAxes(kind, rank),
      evidence: "operator",
      kernel,
      bias: after.bias,
      batchNorm: after.batchNorm,
      // Which part of the input a part of the kernel meets is not followed.
      groups: weight.isSplit && kind !== "depthwise" ? null : groupsOf(kind, kernel, inputs, node),
      strides: geometry.strides,
      padding: geometry.padding,
      dilation: geometry.dilation,
      inputExtents: geometry.inputExtents,
      note: isFolded(weight.alias) ? FOLDED_NOTE : weight.note,
    },
  };
}

const FOLDED_NOTE =
  "By its name, the converter has folded a batch normalisation into it: it is not the kernel that was trained.";

/** A 1-D convolution is run with an axis of one more in front of its kernel: the stored one is what the layer has. */
function ownKernel(
  { base, tensor }: FoundWeight,
  axes: 2 | 3,
): { readonly kernel: Tensor; readonly rank: 1 | 2 | 3 } {
  const isFlat =
    axes === 2 &&
    base.shape.length === 3 &&
    tensor.shape[0] === 1 &&
    base.shape.every((extent, axis) => extent === tensor.shape[axis + 1]);
  return isFlat ? { kernel: base, rank: 1 } : { kernel: tensor, rank: axes };
}

/** How many groups the input's channels make; null where the file does not state them. */
function groupsOf(
  kind: LayerFacts["kind"],
  { shape }: Tensor,
  inputs: number | null,
  node: GraphNode,
): number | null {
  if (kind === "depthwise") return shape.at(-2)!;
  const stated = node.op === "Conv" ? (node.attributes.integers("groups")?.[0] ?? null) : null;
  if (stated !== null && stated >= 1) return stated;
  const perGroup = kind === "transposed" ? shape.at(-1)! : shape.at(-2)!;
  if (inputs === null || perGroup === 0) return null;
  return inputs % perGroup === 0 ? inputs / perGroup : null;
}

/** What a fused operator adds: a bias, or the four tensors of a batch normalisation. */
async function fusedFollowers(
  scope: Scope,
  node: GraphNode,
  outputs: number,
  context: WeightContext & { readonly uses: Uses },
): Promise<Followers> {
  const fused = node.attributes.texts("fused_ops");
  const further = node.inputs.slice(2);
  if (fused.includes("FusedBatchNorm")) {
    const epsilon = node.attributes.real("epsilon") ?? 1e-4;
    const batchNorm: BatchNorm | null = await normOf(scope, further, epsilon, outputs, context);
    return { bias: null, batchNorm };
  }
  if (!fused.includes("BiasAdd")) return findFollowers(scope, node, outputs, context);
  const found = further[0] === undefined ? null : await findWeight(scope, further[0], context);
  if (found === null) return { bias: null, batchNorm: null };
  if (found.base.shape.length !== 1 || found.base.shape[0] !== outputs) {
    throw new ReadError(
      "malformed",
      `The bias of ${JSON.stringify(node.name)} should have ${outputs} values, but has shape [${found.base.shape.join(", ")}].`,
    );
  }
  return { bias: found.base, batchNorm: null };
}

/** Layers with one kernel by their own names, those with several by their kernels'. */
export function namedFacts(found: readonly FoundConvolution[]): readonly LayerFacts[] {
  const kernels = new Map<string, Set<string>>();
  for (const { facts } of found) {
    const own = kernels.get(facts.name);
    if (own === undefined) kernels.set(facts.name, new Set([facts.kernel.name]));
    else own.add(facts.kernel.name);
  }
  return found.map(({ facts, whole }) =>
    (kernels.get(facts.name)?.size ?? 1) > 1 ? { ...facts, name: whole } : facts,
  );
}
