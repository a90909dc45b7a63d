import { ReadError } from "../../errors.ts";
import { decode } from "../../tensor/decode.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { reshaped, transposed } from "../../tensor/views.ts";
import { type AtenArgument, type AtenCall, isValue } from "./program.ts";

/** A weight as an operator sees it: stored, or computed from what is stored. */
export interface Weight {
  readonly tensor: Tensor;
  /** The operator that computes it from `tensor` when the program runs; null when it is the tensor itself. */
  readonly computedBy: string | null;
}

/** What the program states about a value. */
export interface ResultType {
  readonly dtype: string;
  readonly shape: readonly number[] | null;
}

/** Operators whose result has the same values in the same places. A cast may round; its note says so. */
const SAME: ReadonlySet<string> = new Set([
  "alias",
  "clone",
  "contiguous",
  "detach",
  "detach_",
  "lift_fresh",
  "lift_fresh_copy",
  "lift",
  "requires_grad_",
]);

/** Operators that see the same values under another shape. */
const RESHAPES: ReadonlySet<string> = new Set([
  "view",
  "_unsafe_view",
  "reshape",
  "unsqueeze",
  "squeeze",
  "flatten",
]);

const CASTS: ReadonlySet<string> = new Set([
  "to",
  "_to_copy",
  "float",
  "half",
  "type_as",
  "_autocast_to_full_precision",
]);

/** Longest vector of scales that is read while a file is listed. */
export const SCALES_MOST = 65_536;

/**
 * The weight that `call` makes of a weight; null when it makes none.
 *
 * @param weightOf the weight that a value is.
 * @param result the result's dtype and shape, where the program states them.
 */
export async function derivedWeight(
  { operator, args }: AtenCall,
  weightOf: (argument: AtenArgument | undefined) => Weight | null,
  result: ResultType | null,
  context: ReadContext,
): Promise<Weight | null> {
  const shape = result?.shape ?? null;
  const input = weightOf(args.get("self") ?? args.get("input") ?? args.get("x"));
  if (input !== null && input.computedBy === null) {
    const { tensor } = input;
    if (SAME.has(operator)) return input;
    if (RESHAPES.has(operator) && shape !== null && countOf(shape) === countOf(tensor.shape))
      return { tensor: reshaped(tensor, shape), computedBy: null };
    const order = orderOf(operator, args, tensor.shape.length);
    if (order !== null) return { tensor: transposed(tensor, order), computedBy: null };
    if (/^quantized_decomposed\.dequantize_per_(tensor|channel)$/.test(operator))
      return { tensor: await dequantized(tensor, args, weightOf, context), computedBy: null };
    if (CASTS.has(operator)) return { tensor, computedBy: result?.dtype === tensor.dtype ? null : operator };
  }
  return computed(operator, args, weightOf, shape);
}

/** A value that is worked out from weights: the one of its shape is named, or else the largest. */
function computed(
  operator: string,
  args: AtenCall["args"],
  weightOf: (argument: AtenArgument | undefined) => Weight | null,
  shape: readonly number[] | null,
): Weight | null {
  const weights: Weight[] = [];
  for (const argument of args.values()) {
    const weight = weightOf(argument);
    if (weight !== null) weights.push(weight);
    // An input of the network takes part: what comes out is no weight.
    else if (isValue(argument)) return null;
  }
  const same = weights.find(({ tensor }) => tensor.shape.join() === shape?.join());
  const largest = weights.toSorted((a, b) => countOf(b.tensor.shape) - countOf(a.tensor.shape))[0];
  const found = same ?? largest;
  return found === undefined
    ? null
    : { tensor: found.tensor, computedBy: found.computedBy ?? operator.replace(/^#/, "") };
}

/** The order of the axes that `permute`, `transpose` or `t` gives; null for other operators. */
function orderOf(operator: string, args: AtenCall["args"], rank: number): readonly number[] | null {
  const axis = (argument: AtenArgument | undefined): number | null =>
    typeof argument === "number" && Number.isInteger(argument) && argument >= -rank && argument < rank
      ? (argument + rank) % rank
      : null;
  const plain = Array.from({ length: rank }, (_, i) => i);
  if (operator === "t" && rank === 2) return [1, 0];
  if (operator === "transpose") {
    const [a, b] = [axis(args.get("dim0")), axis(args.get("dim1"))];
    if (a === null || b === null) return null;
    [plain[a], plain[b]] = [b, a];
    return plain;
  }
  const dims = operator === "permute" ? args.get("dims") : null;
  if (!Array.isArray(dims)) return null;
  const order = dims.map(axis);
  const whole = order.length === rank && plain.every((i) => order.includes(i));
  return whole ? (order as number[]) : null;
}

/** Stored integers with the scales by which the program makes floats of them. */
async function dequantized(
  tensor: Tensor,
  args: AtenCall["args"],
  weightOf: (argument: AtenArgument | undefined) => Weight | null,
  context: ReadContext,
): Promise<Tensor> {
  const [scale, zero] = [args.get("scale"), args.get("zero_point")];
  if (typeof scale === "number" && typeof zero === "number")
    return { ...tensor, quantization: { scale: [scale], zeroPoint: [zero], axis: null } };
  const scales = weightOf(args.get("scales") ?? scale)?.tensor;
  const zeros = weightOf(args.get("zero_points") ?? zero)?.tensor;
  const axis = args.get("axis");
  const channels = typeof axis === "number" ? tensor.shape[axis] : undefined;
  const fits = (vector: Tensor | undefined): vector is Tensor =>
    vector !== undefined &&
    vector.shape.length === 1 &&
    vector.shape[0] === channels &&
    channels! <= SCALES_MOST;
  if (!fits(scales) || !fits(zeros))
    return unreadable(tensor, "It is stored as integers, and their scales cannot be told.");
  const zeroPoint = await numbersOf(zeros, context);
  return {
    ...tensor,
    quantization: { scale: await numbersOf(scales, context), zeroPoint, axis: axis as number },
  };
}

async function numbersOf(tensor: Tensor, context: ReadContext): Promise<readonly number[]> {
  if (!isDType(tensor.dtype) || tensor.unreadable !== undefined)
    throw new ReadError(
      "unsupported",
      `The scales ${JSON.stringify(tensor.name)} cannot be read: they are ${tensor.dtype}.`,
    );
  return [...decode(await tensor.readBytes(context), tensor.dtype, countOf(tensor.shape))];
}

/** `tensor` whose values cannot be had, for a reason. */
export function unreadable(tensor: Tensor, why: string): Tensor {
  return {
    ...tensor,
    unreadable: why,
    readBytes: () => Promise.reject(new ReadError("unsupported", why)),
  };
}
