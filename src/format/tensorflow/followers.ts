import type { BatchNorm } from "../../model/model.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type GraphNode, readReference } from "./graph.ts";
import type { Scope } from "./scope.ts";
import { smallReal } from "./small-constants.ts";
import { findWeight, type WeightContext } from "./weight.ts";

/** What follows a convolution directly. */
export interface Followers {
  readonly bias: Tensor | null;
  readonly batchNorm: BatchNorm | null;
}

/** A use of a value: the operator and which of its inputs it is. */
interface Use {
  readonly scope: Scope;
  readonly node: GraphNode;
  readonly input: number;
}

/** Who uses the values of a scope, by the maker's name, and what the scope returns. */
interface ScopeUses {
  readonly byMaker: ReadonlyMap<string, readonly Use[]>;
  readonly returned: ReadonlySet<string>;
}

/** The uses of each scope that is run. */
export type Uses = Map<Scope, ScopeUses>;

/** Operators that ask for a value's shape only. */
const SHAPE_ONLY: ReadonlySet<string> = new Set(["Shape", "ShapeN", "Size", "Rank"]);

/** Operators between a convolution and its bias that leave channels as they are. */
const PASS: ReadonlySet<string> = new Set(["Identity", "Squeeze", "BatchToSpaceND", "StopGradient"]);

/** What follows directly is a few steps away; what goes in circles has no end. */
const STEPS_MOST = 64;

const ADDS: ReadonlySet<string> = new Set(["BiasAdd", "BiasAddV1", "Add", "AddV2"]);
const NORMALISES: ReadonlySet<string> = new Set(["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"]);

/** The bias and the batch normalisation that follow `node`, whose output has `outputs` channels. */
export async function findFollowers(
  scope: Scope,
  node: GraphNode,
  outputs: number,
  context: WeightContext & { readonly uses: Uses },
): Promise<Followers> {
  let bias: Tensor | null = null;
  let at = { scope, node };
  for (let steps = 0; steps < STEPS_MOST; steps++) {
    const use = soleUse(at.scope, at.node, context);
    if (use === null) return { bias, batchNorm: null };
    const { op, inputs } = use.node;
    if (PASS.has(op) && use.input === 0) {
      at = use;
      continue;
    }
    if (op === "Reshape" && use.input === 0) {
      // TensorFlow 1 joins two axes of a volume to add its bias; what else happens to it then is not followed.
      const next = soleUse(use.scope, use.node, context);
      if (next === null || !next.node.op.startsWith("BiasAdd") || bias !== null)
        return { bias, batchNorm: null };
      return {
        bias: await channelTensor(next.scope, next.node.inputs[1], outputs, context),
        batchNorm: null,
      };
    }
    if (ADDS.has(op) && bias === null) {
      const added = await channelTensor(use.scope, inputs[1 - use.input], outputs, context);
      if (added === null) return { bias, batchNorm: null };
      bias = added;
      at = use;
      continue;
    }
    if (NORMALISES.has(op) && use.input === 0)
      return { bias, batchNorm: await fusedNorm(use, outputs, context) };
    if (op === "Mul") return { bias, batchNorm: await writtenOutNorm(use, outputs, context) };
    return { bias, batchNorm: null };
  }
  return { bias, batchNorm: null };
}

/** The one operator that uses what `node` makes, in its scope or, when the scope returns it, in the caller's. */
function soleUse(scope: Scope, node: GraphNode, { uses }: { readonly uses: Uses }): Use | null {
  const own = uses.get(scope);
  const real = (own?.byMaker.get(node.name) ?? []).filter((use) => !SHAPE_ONLY.has(use.node.op));
  const isReturned = own?.returned.has(node.name) === true;
  if (real.length === 1 && !isReturned) return real[0]!;
  if (real.length > 0 || !isReturned || scope.caller === null) return null;
  if (scope.called?.returns.length !== 1) return null;
  return soleUse(scope.caller.scope, scope.caller.node, { uses });
}

/** Who uses what among the operators of a scope that are run: those of training use much more. */
export function usesAmong(scope: Scope, nodes: readonly GraphNode[]): ScopeUses {
  const made = new Map<string, Use[]>();
  for (const node of nodes) {
    for (const [input, text] of node.inputs.entries()) {
      const { node: maker } = readReference(text);
      const list = made.get(maker);
      if (list === undefined) made.set(maker, [{ scope, node, input }]);
      else list.push({ scope, node, input });
    }
  }
  const returned = new Set(scope.called?.returns.map((output) => readReference(output).node));
  return { byMaker: made, returned };
}

/** A stored tensor of one value a channel, however it is reshaped on the way. */
async function channelTensor(
  scope: Scope,
  input: string | undefined,
  outputs: number,
  context: WeightContext,
): Promise<Tensor | null> {
  const found = input === undefined ? null : await findWeight(scope, input, context);
  if (found === null || countOf(found.base.shape) !== outputs) return null;
  return found.base.shape.filter((extent) => extent !== 1).length <= 1 && found.base.shape.length >= 1
    ? found.base
    : null;
}

/** `FusedBatchNorm(x, scale, offset, mean, variance)`. */
async function fusedNorm(
  { scope, node }: Use,
  outputs: number,
  context: WeightContext,
): Promise<BatchNorm | null> {
  // While training, its mean and variance are those of the batch.
  if (node.attributes.flag("is_training") !== false) return null;
  return normOf(scope, node.inputs.slice(1, 5), node.attributes.real("epsilon") ?? 1e-4, outputs, context);
}

/** The four tensors of a normalisation, given as scale, offset, mean, variance. */
export async function normOf(
  scope: Scope,
  inputs: readonly string[],
  epsilon: number,
  outputs: number,
  context: WeightContext,
): Promise<BatchNorm | null> {
  const found: (Tensor | null)[] = [];
  for (const input of inputs) found.push(await channelTensor(scope, input, outputs, context));
  const [scale, offset, mean, variance] = found;
  if (scale == null || offset == null || mean == null || variance == null) return null;
  return { scale, offset, mean, variance, epsilon };
}

/**
 * `tf.nn.batch_normalization`, as Keras 3 exports it: x * m + (offset - mean * m), where m is
 * rsqrt(variance + epsilon), times the scale where there is one.
 */
async function writtenOutNorm(
  use: Use,
  outputs: number,
  context: WeightContext & { readonly uses: Uses },
): Promise<BatchNorm | null> {
  const { scope, node } = use;
  const factorName = readReference(node.inputs[1 - use.input] ?? "").node;
  const factor = scope.byName.get(factorName);
  const after = soleUse(scope, node, context);
  if (factor === undefined || after === null || !/^Add(V2)?$/.test(after.node.op) || after.scope !== scope)
    return null;
  const made = (input: string | undefined): GraphNode | undefined =>
    scope.byName.get(readReference(input ?? "").node);
  const root = factor.op === "Rsqrt" ? factor : factor.inputs.map(made).find((one) => one?.op === "Rsqrt");
  const sum = made(root?.inputs[0]);
  if (root === undefined || sum === undefined || !/^Add(V2)?$/.test(sum.op)) return null;
  const scaleInput = factor === root ? null : factor.inputs.find((input) => made(input) !== root);
  const epsilon =
    (await smallReal(scope, sum.inputs[1], context)) ?? (await smallReal(scope, sum.inputs[0], context));
  const variance =
    (await channelTensor(scope, sum.inputs[0], outputs, context)) ??
    (await channelTensor(scope, sum.inputs[1], outputs, context));
  const shift = made(after.node.inputs[1 - after.input]);
  const product = shift?.op === "Sub" ? made(shift.inputs[1]) : undefined;
  const meanInput =
    product?.op === "Mul" && product.inputs.some((input) => made(input) === factor)
      ? product.inputs.find((input) => made(input) !== factor)
      : undefined;
  const mean = await channelTensor(scope, meanInput, outputs, context);
  const offset = await channelTensor(scope, shift?.inputs[0], outputs, context);
  const scale = scaleInput === null ? null : await channelTensor(scope, scaleInput, outputs, context);
  if (epsilon === null || variance === null || mean === null || offset === null) return null;
  if (scaleInput !== null && scale === null) return null;
  return { scale, offset, mean, variance, epsilon };
}
