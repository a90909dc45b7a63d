import { countOf } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Model } from "./model.ts";

/** The parameters of a file that does not say which of them are trained. */
export function parametersOf(tensors: readonly Tensor[]): Model["parameters"] {
  return { total: sizeOf(tensors), trainable: null, nonTrainable: null };
}

/** Values of all tensors together. */
export function sizeOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { shape }) => sum + countOf(shape), 0);
}
