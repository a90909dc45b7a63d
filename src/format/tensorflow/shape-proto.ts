import type { Budget } from "../../budget.ts";
import { protoFields } from "../../codec/protobuf.ts";
import { ReadError } from "../../errors.ts";

/** TensorFlow's own limit on the axes of a tensor. */
export const TENSOR_AXES = 254;

/**
 * A `TensorShapeProto`: extents with null for unknown ones, or null when not even the number of axes is known.
 */
export function readShapeProto(bytes: Uint8Array, budget: Budget): readonly (number | null)[] | null {
  const extents: (number | null)[] = [];
  let unknown = false;
  for (const { number, wire, start, end, value } of protoFields(bytes, budget, "A tensor's shape")) {
    if (number === 3 && wire === 0) unknown = value !== 0;
    if (number !== 2 || wire !== 2) continue;
    let extent = 0;
    for (const dim of protoFields(bytes.subarray(start, end), budget, "An axis of a tensor's shape")) {
      if (dim.number === 1 && dim.wire === 0) extent = dim.value;
    }
    extents.push(extent < 0 ? null : extent);
    if (extents.length > TENSOR_AXES) {
      throw new ReadError("limit", `A tensor has more than ${TENSOR_AXES} axes, which TensorFlow allows.`);
    }
  }
  return unknown ? null : extents;
}

/** A shape all of whose extents are known. */
export function readFullShape(bytes: Uint8Array, budget: Budget, whose: string): readonly number[] {
  const shape = readShapeProto(bytes, budget);
  const known = shape?.every((extent): extent is number => extent !== null) === true ? shape : null;
  if (known === null || !Number.isSafeInteger(known.reduce<number>((product, n) => product * (n ?? 0), 1))) {
    throw new ReadError("malformed", `${whose} should have a shape of known extents, but has [${shape}].`);
  }
  return known as readonly number[];
}
