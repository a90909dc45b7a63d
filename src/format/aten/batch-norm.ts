import type { BatchNorm } from "../../model/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type AtenArgument, type AtenCall, isValue } from "./program.ts";

/** Batch normalisations with stored statistics. */
const NORMS: ReadonlySet<string> = new Set([
  "batch_norm",
  "native_batch_norm",
  "cudnn_batch_norm",
  "miopen_batch_norm",
  "_native_batch_norm_legit",
  "_native_batch_norm_legit_no_training",
  "_batch_norm_with_update",
  "_batch_norm_no_update",
]);

/** The value that a call normalises by stored statistics; null when it does not, or when it uses the batch's own. */
export function normalisedBy({ operator, args }: AtenCall): string | null {
  const input = args.get("input");
  if (!NORMS.has(operator) || !isValue(input)) return null;
  return args.get("training") === true ? null : input.value;
}

/** The normalisation as a layer of `out` outputs can be folded with it; null when its parts are not there. */
export function batchNormOf(
  { args }: AtenCall,
  out: number,
  tensorOf: (argument: AtenArgument | undefined) => Tensor | null,
): BatchNorm | null {
  const [mean, variance] = [tensorOf(args.get("running_mean")), tensorOf(args.get("running_var"))];
  const epsilon = args.get("eps") ?? args.get("epsilon");
  const parts = [args.get("weight"), args.get("bias")].map((part) =>
    part === null || part === undefined ? null : (tensorOf(part) ?? undefined),
  );
  const [scale, offset] = parts;
  if (mean === null || variance === null || scale === undefined || offset === undefined) return null;
  if (typeof epsilon !== "number") return null;
  const vectors = [mean, variance, scale, offset];
  if (vectors.some((part) => part !== null && (part.shape.length !== 1 || part.shape[0] !== out)))
    return null;
  return { scale, offset, mean, variance, epsilon };
}
