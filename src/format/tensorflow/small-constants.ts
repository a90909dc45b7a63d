import { ReadError } from "../../errors.ts";
import { decode } from "../../tensor/decode.ts";
import { countOf, DTYPES, isDType } from "../../tensor/dtype.ts";
import { originOf, type Scope } from "./scope.ts";
import type { WeightContext } from "./weight.ts";

/** The values of a short constant of integers: axes, a shape, strides. */
export async function smallIntegers(
  scope: Scope,
  input: string | undefined,
  { budget, signal }: WeightContext,
): Promise<readonly number[] | null> {
  const origin = input === undefined ? null : originOf(scope, input, budget);
  const constant = origin?.kind === "node" ? origin.node.constant : null;
  if (constant === null || constant.unreadable !== undefined || !isDType(constant.dtype)) return null;
  const count = countOf(constant.shape);
  if (count > 32 || count === 0 || DTYPES[constant.dtype].kind !== "int") return null;
  try {
    const bytes = await constant.readBytes({ budget, signal });
    return [...decode(bytes, constant.dtype, count)];
  } catch (error) {
    // What cannot be understood is not followed; what is wrong with the source is reported.
    if (error instanceof ReadError && (error.code === "malformed" || error.code === "unsupported"))
      return null;
    throw error;
  }
}

/** The value of a constant of one real number, such as an epsilon. */
export async function smallReal(
  scope: Scope,
  input: string | undefined,
  context: WeightContext,
): Promise<number | null> {
  const origin = input === undefined ? null : originOf(scope, input, context.budget);
  const constant = origin?.kind === "node" ? origin.node.constant : null;
  if (constant === null || constant.unreadable !== undefined || countOf(constant.shape) !== 1) return null;
  if (!isDType(constant.dtype) || DTYPES[constant.dtype].kind !== "float") return null;
  const bytes = await constant.readBytes({ budget: context.budget, signal: context.signal });
  return decode(bytes, constant.dtype, 1)[0]!;
}
