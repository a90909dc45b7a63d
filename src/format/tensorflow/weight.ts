import type { Budget } from "../../budget.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshaped, transposed } from "../../tensor/views.ts";
import type { GraphNode } from "./graph.ts";
import { findPartitions } from "./partitions.ts";
import { originOf, type Scope } from "./scope.ts";
import { smallIntegers } from "./small-constants.ts";
import { PASS, ROUNDS, SPLITS, STEPS_MOST, VARIABLES, VIEWS } from "./weight-operators.ts";

/** A stored tensor with the name that the network gives it. */
export interface NamedTensor {
  readonly tensor: Tensor;
  readonly alias: string;
}

/** Where the values of variables are. */
export interface Variables {
  /** The variable that an operator of the main graph stands for. */
  variable(node: GraphNode): NamedTensor | null;
  /** The variable that a function was traced with; or the node of the constant. */
  object(id: number): NamedTensor | null;
}

/** What looking for weights needs. */
export interface WeightContext {
  readonly variables: Variables;
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
}

/** A weight as an operator is given it. */
export interface FoundWeight {
  /** The stored tensor. */
  readonly base: Tensor;
  /** The same with the axes that the operator sees. */
  readonly tensor: Tensor;
  readonly alias: string;
  /** What happens to it on the way, as a sentence. */
  readonly note: string | undefined;
  /** Whether the operator is given a part of its outputs only. */
  readonly isSplit: boolean;
}

const SPLIT_NOTE = "The network uses it in parts, of which each makes some of its outputs.";

/** A change of axes between the stored tensor and the operator. */
interface View {
  readonly scope: Scope;
  readonly node: GraphNode;
}

/** The stored tensor behind an input; null with none, as when it is computed from others. */
export async function findWeight(
  scope: Scope,
  input: string,
  context: WeightContext,
): Promise<FoundWeight | null> {
  const { budget } = context;
  const views: View[] = [];
  const notes = new Set<string>();
  let at = { scope, input };
  for (let steps = 0; steps < STEPS_MOST; steps++) {
    const origin = originOf(at.scope, at.input, budget);
    if (origin === null || origin.kind === "parameter") return null;
    if (origin.kind === "object") {
      const found = context.variables.object(origin.id);
      return found === null ? null : seen(found, views, notes, context);
    }
    const { node } = origin;
    if (node.constant !== null) {
      return seen({ tensor: node.constant, alias: node.name }, views, notes, context);
    }
    if (VARIABLES.has(node.op)) {
      const found = context.variables.variable(node);
      return found === null ? null : seen(found, views, notes, context);
    }
    if (node.op === "ConcatV2" || node.op === "Concat") {
      const found = await findPartitions(origin.scope, node, context);
      return found === null ? null : seen(found, views, notes, context);
    }
    const split = SPLITS.get(node.op);
    if (split !== undefined) {
      // The gates of a recurrent convolution use one kernel in parts: the whole of it is the layer's.
      notes.add(SPLIT_NOTE);
    }
    const next = node.inputs[node.op === "IdentityN" ? origin.from.index : (split?.value ?? 0)];
    if (next === undefined) return null;
    if (VIEWS.has(node.op) || split !== undefined) {
      views.push({ scope: origin.scope, node });
    } else if (node.op === "Cast") notes.add("The network casts it to another dtype before use.");
    else if (ROUNDS.has(node.op)) notes.add("The network rounds it to few levels before use.");
    else if (!PASS.has(node.op)) return null;
    at = { scope: origin.scope, input: next };
  }
  return null;
}

/** A stored tensor with the views between it and the operator, the nearest to the operator last. */
async function seen(
  { tensor: base, alias }: NamedTensor,
  views: readonly View[],
  notes: ReadonlySet<string>,
  context: WeightContext,
): Promise<FoundWeight | null> {
  let tensor = base;
  for (const view of views.toReversed()) {
    const next = await viewed(tensor, view, context);
    if (next === null) return null;
    tensor = next;
  }
  return {
    base,
    tensor,
    alias,
    note: notes.size === 0 ? undefined : [...notes].join(" "),
    isSplit: notes.has(SPLIT_NOTE),
  };
}

async function viewed(tensor: Tensor, { scope, node }: View, context: WeightContext): Promise<Tensor | null> {
  if (node.op === "Squeeze") {
    const given = node.attributes.integers("squeeze_dims") ?? node.attributes.integers("axis") ?? [];
    const axes = given.map((axis) => (axis < 0 ? axis + tensor.shape.length : axis));
    const shape = tensor.shape.filter(
      (extent, at) => extent !== 1 || (axes.length > 0 && !axes.includes(at)),
    );
    return sameValues(tensor, shape);
  }
  const numbers = await smallIntegers(scope, node.inputs[SPLITS.get(node.op)?.axis ?? 1], context);
  if (numbers === null) return null;
  if (SPLITS.has(node.op)) {
    // Along the outputs, which stand last; parts of another axis are no filters.
    return numbers[0] === -1 || numbers[0] === tensor.shape.length - 1 ? tensor : null;
  }
  if (node.op === "Transpose") {
    const fits = new Set(numbers).size === tensor.shape.length && numbers.length === tensor.shape.length;
    return fits && numbers.every((axis) => axis >= 0 && axis < tensor.shape.length)
      ? transposed(tensor, numbers)
      : null;
  }
  if (node.op === "ExpandDims") {
    const axis = numbers[0]! < 0 ? numbers[0]! + tensor.shape.length + 1 : numbers[0]!;
    return sameValues(tensor, [...tensor.shape.slice(0, axis), 1, ...tensor.shape.slice(axis)]);
  }
  const known = numbers.filter((extent) => extent >= 0).reduce((product, extent) => product * extent, 1);
  const rest = known === 0 ? 0 : countOf(tensor.shape) / known;
  return sameValues(
    tensor,
    numbers.map((extent) => (extent < 0 ? rest : extent)),
  );
}

function sameValues(tensor: Tensor, shape: readonly number[]): Tensor | null {
  const fits = shape.every(Number.isSafeInteger) && countOf(shape) === countOf(tensor.shape);
  return fits ? reshaped(tensor, shape) : null;
}
