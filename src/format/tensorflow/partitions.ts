import { DTYPES, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { GraphNode } from "./graph.ts";
import { originOf, type Scope } from "./scope.ts";
import { joinSlices } from "./slices.ts";
import { smallIntegers } from "./small-constants.ts";
import type { NamedTensor, WeightContext } from "./weight.ts";
import { PASS, STEPS_MOST, VARIABLES } from "./weight-operators.ts";

/**
 * A partitioned variable of TensorFlow 1, which its graph puts together from `name/part_0`, `name/part_1`, …: as the
 * checkpoint keeps it, or, in a frozen graph, joined from the constants.
 */
export async function findPartitions(
  scope: Scope,
  node: GraphNode,
  context: WeightContext,
): Promise<NamedTensor | null> {
  const isNew = node.op === "ConcatV2";
  const inputs = isNew ? node.inputs.slice(0, -1) : node.inputs.slice(1);
  const parts = inputs.map((input) => partOf(scope, input, context));
  const names = new Set(parts.map((part) => /^(.+)\/part_\d+$/.exec(part?.name ?? "")?.[1] ?? ""));
  const name = [...names][0] ?? "";
  if (parts.length < 2 || names.size !== 1 || name === "") return null;
  const constants = parts.flatMap((part) => (part?.constant == null ? [] : [part.constant]));
  if (constants.length === 0) return context.variables.variable({ ...node, name, op: "VariableV2" });
  if (constants.length < parts.length) return null;
  const axis = (await smallIntegers(scope, isNew ? node.inputs.at(-1) : node.inputs[0], context))?.[0];
  const tensor = axis === undefined ? null : joined(name, constants, axis);
  return tensor === null ? null : { tensor, alias: name };
}

/** The constant or the variable behind one input. */
function partOf(scope: Scope, input: string, { budget }: WeightContext): GraphNode | null {
  let at = { scope, input };
  for (let steps = 0; steps < STEPS_MOST; steps++) {
    const origin = originOf(at.scope, at.input, budget);
    if (origin?.kind !== "node") return null;
    const { node } = origin;
    if (node.constant !== null || VARIABLES.has(node.op)) return node;
    const next = node.inputs[0];
    if (!PASS.has(node.op) || next === undefined) return null;
    at = { scope: origin.scope, input: next };
  }
  return null;
}

/** Constants one after the other along an axis; null when they do not fit together. */
function joined(name: string, parts: readonly Tensor[], axis: number): Tensor | null {
  const [first] = parts;
  if (first === undefined || !(axis >= 0 && axis < first.shape.length)) return null;
  const { dtype } = first;
  const fits = parts.every(
    (part) =>
      part.dtype === dtype &&
      part.shape.length === first.shape.length &&
      part.shape.every((extent, i) => i === axis || extent === first.shape[i]),
  );
  if (!fits || !isDType(dtype)) return null;
  let start = 0;
  const slices = parts.map((part) => {
    const slice = part.shape.map((length, i) => ({ start: i === axis ? start : 0, length }));
    start += part.shape[axis]!;
    return slice;
  });
  const shape = first.shape.map((extent, i) => (i === axis ? start : extent));
  const unreadable = parts.find((part) => part.unreadable !== undefined)?.unreadable;
  return {
    name,
    dtype,
    shape,
    ...(unreadable === undefined ? {} : { unreadable }),
    readBytes: (context) => {
      let next = 0;
      return joinSlices({ name, shape, slices }, DTYPES[dtype].bits / 8, context, (_slice, _extents, own) =>
        parts[next++]!.readBytes(own),
      );
    },
  };
}
