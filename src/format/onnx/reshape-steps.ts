import { isReadError } from "../../errors.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { reshaped, transposed } from "../../tensor/views.ts";
import { type Constant, numbersOf, stepped, unreadableConstant } from "./constant.ts";

/** What a step needs of its node: the constants at its inputs, and its attributes. */
export interface StepInputs {
  /** The constant at an input after the first; null when it is left out, undefined when it is not constant. */
  readonly input: (index: number) => Constant | null | undefined;
  readonly int: (name: string, otherwise: number) => number;
  readonly ints: (name: string) => readonly number[] | null;
}

/** Turns a constant into what the operator makes of it; null when that cannot be told. */
export type Step = (value: Constant, inputs: StepInputs, context: ReadContext) => Promise<Constant | null>;

/** ONNX's operators that move values and do not change them. */
export const RESHAPE_STEPS: ReadonlyMap<string, Step> = new Map<string, Step>([
  ["Identity", async (value) => value],
  [
    "Transpose",
    async (value, { ints }) =>
      moved(value, ints("perm") ?? value.tensor.shape.map((_, axis) => axis).reverse()),
  ],
  [
    "Reshape",
    async (value, { ints, input, int }, context) => {
      const told = ints("shape") ?? (await list(input(1), context));
      const shape = told === null ? null : newShape(value.tensor.shape, told, int("allowzero", 0) === 1);
      return shape === null ? null : seen(value, shape);
    },
  ],
  [
    "Flatten",
    async (value, { int }) => {
      const { shape } = value.tensor;
      const axis = int("axis", 1);
      const at = axis < 0 ? axis + shape.length : axis;
      return seen(value, [countOf(shape.slice(0, at)), countOf(shape.slice(at))]);
    },
  ],
  [
    "Squeeze",
    async (value, { ints, input }, context) => {
      const { shape } = value.tensor;
      const isTold = ints("axes") !== null || input(1) !== null;
      const told = ints("axes") ?? (await list(input(1), context));
      if (isTold && told === null) return null;
      const axes = told?.map((axis) => (axis < 0 ? axis + shape.length : axis));
      return seen(
        value,
        shape.filter((extent, axis) => (axes === undefined ? extent !== 1 : !axes.includes(axis))),
      );
    },
  ],
  [
    "Unsqueeze",
    async (value, { ints, input }, context) => {
      const { shape } = value.tensor;
      const told = ints("axes") ?? (await list(input(1), context));
      if (told === null || told.length > 8) return null;
      const rank = shape.length + told.length;
      const axes = told.map((axis) => (axis < 0 ? axis + rank : axis));
      const rest = [...shape];
      return seen(
        value,
        Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1))),
      );
    },
  ],
]);

async function list(constant: Constant | null | undefined, context: ReadContext): Promise<number[] | null> {
  if (constant === null || constant === undefined) return null;
  const numbers = await numbersOf(constant, context);
  return numbers === null || numbers.length > 64 ? null : [...numbers];
}

/** The shape that Reshape makes: 0 keeps an extent, one -1 takes what is left. */
function newShape(shape: readonly number[], told: readonly number[], zeros: boolean): number[] | null {
  const filled = told.map((extent, axis) => (extent === 0 && !zeros ? (shape[axis] ?? -2) : extent));
  const rest = filled.indexOf(-1);
  if (rest < 0) return filled;
  const known = countOf(filled.filter((_, axis) => axis !== rest));
  const left = countOf(shape) / known;
  return Number.isSafeInteger(left) ? filled.with(rest, left) : null;
}

function seen(value: Constant, shape: readonly number[]): Constant {
  return tried(value, () => reshaped(value.tensor, shape));
}

function moved(value: Constant, order: readonly number[]): Constant {
  const { dtype, shape } = value.tensor;
  const isInOrder = order.every((axis, i) => axis === i) && order.length === shape.length;
  if ((dtype === "int4" || dtype === "uint4") && !isInOrder)
    return unreadableConstant(
      value,
      `Its values of ${dtype}, two a byte, are transposed, which Kernelscope does not do.`,
    );
  return tried(value, () => transposed(value.tensor, order));
}

function tried(value: Constant, make: () => Tensor): Constant {
  try {
    return stepped(value, make());
  } catch (error) {
    if (!isReadError(error)) throw error;
    return unreadableConstant(value, error.message);
  }
}
