import type { Tensor } from "../../tensor/tensor.ts";

/** An argument of an operator: a value that the program has computed or was given, or a constant. */
export type AtenArgument =
  | { readonly value: string }
  | number
  | boolean
  | string
  | null
  | readonly AtenArgument[];

/** One operator of a PyTorch program. */
export interface AtenCall {
  /** Its name without namespace and overload, such as `conv2d`; with its namespace when that is not `aten`. */
  readonly operator: string;
  /** By the names of the operator's schema. */
  readonly args: ReadonlyMap<string, AtenArgument>;
  /** Names of the values that it computes. */
  readonly results: readonly string[];
}

/** A program of PyTorch, in the order of execution, its inner graphs and calls laid out flat. */
export interface AtenProgram {
  readonly calls: readonly AtenCall[];
  /** Weights by the names of the values that they are given as. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Values that the program hands out. */
  readonly outputs: readonly string[];
  /** The shape of a value, with null for an extent that may vary; null when the file does not say. */
  shapeOf(value: string): { readonly dtype: string; readonly shape: readonly (number | null)[] } | null;
}

/** Whether an argument is a value of the program. */
export function isValue(argument: AtenArgument | undefined): argument is { readonly value: string } {
  return typeof argument === "object" && argument !== null && "value" in argument;
}

/** Names of all values in an argument and its lists. */
export function* valuesIn(argument: AtenArgument): Generator<string> {
  const pending: AtenArgument[] = [argument];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (isValue(one)) yield one.value;
    else if (Array.isArray(one)) for (const item of one.toReversed()) pending.push(item);
  }
}
