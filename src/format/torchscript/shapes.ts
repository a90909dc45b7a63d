import { countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type AtenCall, isValue } from "../aten/program.ts";

/** Shapes of weights that are seen another way: TorchScript states none, but the calls say enough. */
export function viewShapes(
  calls: readonly AtenCall[],
  tensors: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }> {
  const known = new Map<string, { readonly dtype: string; readonly shape: readonly number[] }>(tensors);
  for (const { operator, args, results } of calls) {
    const self = args.get("self");
    const input = isValue(self) ? known.get(self.value) : undefined;
    const shape = input === undefined ? null : viewed(operator, args, input.shape);
    if (shape !== null && results[0] !== undefined) known.set(results[0], { dtype: input!.dtype, shape });
  }
  return known;
}

function viewed(
  operator: string,
  args: AtenCall["args"],
  shape: readonly number[],
): readonly number[] | null {
  if (/^(view|reshape)$/.test(operator)) {
    const size = args.get("size") ?? args.get("shape");
    if (
      !Array.isArray(size) ||
      !size.every((n): n is number => typeof n === "number" && Number.isSafeInteger(n))
    )
      return null;
    const open = size.indexOf(-1);
    const rest = countOf(size.filter((n) => n !== -1));
    const filled = open < 0 ? size : size.with(open, countOf(shape) / rest);
    return filled.every((n) => Number.isSafeInteger(n) && n >= 0) ? filled : null;
  }
  const dim = args.get("dim");
  if (operator !== "unsqueeze" || typeof dim !== "number" || !Number.isInteger(dim)) return null;
  const at = dim < 0 ? dim + shape.length + 1 : dim;
  return at >= 0 && at <= shape.length ? shape.toSpliced(at, 0, 1) : null;
}
