import type { Values } from "../../tensor/decode.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { valuesOf } from "./computed.ts";

/** A value of a graph that the file holds, as it is or behind operators that are followed. */
export interface Constant {
  readonly tensor: Tensor;
  /** The type that the graph sees: of a dequantised tensor its scale's. */
  readonly dtype: string;
  /** How many operators it has come through. */
  readonly steps: number;
  /** What happened to it on the way that a user should know. */
  readonly note?: string | undefined;
}

/** Operators that a constant is followed through, one after the other; more are no exporter's work. */
export const STEPS_MOST = 64;

/** Values of a scale, a shape or axes: channels of one tensor. */
const NUMBERS_MOST = 1024 * 1024;

/** A constant as it stands in the file. */
export function constantOf(tensor: Tensor): Constant {
  return { tensor, dtype: tensor.dtype, steps: 0 };
}

/** `constant` seen as `tensor`. */
export function stepped(constant: Constant, tensor: Tensor, more: Partial<Constant> = {}): Constant {
  return { ...constant, ...more, tensor, steps: constant.steps + 1 };
}

/** `constant`, whose values cannot be told for this reason. */
export function unreadableConstant(constant: Constant, why: string, dtype = constant.dtype): Constant {
  return stepped(constant, { ...constant.tensor, unreadable: constant.tensor.unreadable ?? why }, { dtype });
}

/** The numbers of a small constant; null when there are too many, or they cannot be read. */
export async function numbersOf(constant: Constant, context: ReadContext): Promise<Values | null> {
  const { tensor } = constant;
  if (tensor.unreadable !== undefined || countOf(tensor.shape) > NUMBERS_MOST) return null;
  return valuesOf(tensor, context);
}
