import { type PickleValue, pickleClass, pickleItems } from "../../codec/pickle-value.ts";
import { ReadError } from "../../errors.ts";
import { isCount } from "./storage.ts";

/** How a quantised tensor says its scales: numbers, or other tensors that hold them. */
export interface TorchQuantizer {
  readonly scale: PickleValue;
  readonly zeroPoint: PickleValue;
  readonly axis: number | null;
}

/**
 * Reads `(scheme, scale, zero point)` or `(scheme, scales, zero points, axis)`.
 *
 * @throws ReadError `malformed` when it is neither, or the axis is none of `shape`.
 */
export function readQuantizer(value: PickleValue, shape: readonly number[]): TorchQuantizer {
  const items = pickleItems(value) ?? [];
  const scheme = pickleClass(items[0]);
  if (scheme === "torch.per_tensor_affine" || scheme === "torch.per_tensor_symmetric") {
    const [, scale = null, zeroPoint = null] = items;
    if (typeof scale !== "number" || typeof zeroPoint !== "number")
      throw malformed("A quantised tensor should have a scale and a zero point.");
    return { scale, zeroPoint, axis: null };
  }
  const [, scale = null, zeroPoint = null, axis] = items;
  if (!isCount(axis) || axis >= shape.length)
    throw malformed("A quantised tensor should say the axis of its scales.");
  return { scale, zeroPoint, axis };
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
