import { ReadError } from "../errors.ts";
import { permute, rowMajorStrides } from "./axes.ts";
import { byteLengthOf, countOf, DTYPES, isDType } from "./dtype.ts";
import type { Quantization, Tensor } from "./tensor.ts";

/**
 * `tensor` seen with another shape of as many values, as Reshape, Squeeze and Unsqueeze see it.
 *
 * @throws ReadError `malformed` when the numbers of values differ.
 */
export function reshaped(tensor: Tensor, shape: readonly number[]): Tensor {
  if (countOf(shape) !== countOf(tensor.shape)) {
    throw new ReadError(
      "malformed",
      `A tensor of shape [${tensor.shape.join(", ")}] cannot be seen as [${shape.join(", ")}].`,
    );
  }
  const { quantization } = tensor;
  const axis = quantization === undefined || "minimum" in quantization ? null : quantization.axis;
  if (axis === null) return { ...tensor, shape };
  // The axis of the scales must still be one axis, with as many values before it.
  const before = countOf(tensor.shape.slice(0, axis));
  const moved = shape.findIndex(
    (extent, at) => extent === tensor.shape[axis] && countOf(shape.slice(0, at)) === before,
  );
  if (moved < 0)
    return { ...tensor, shape, unreadable: "Its scales run along an axis that a reshape takes apart." };
  return { ...tensor, shape, quantization: { ...quantization!, axis: moved } as Quantization };
}

/**
 * `tensor` with its axes in another order: axis `i` of the result is axis `order[i]` of the tensor, as in NumPy's
 * `transpose`. The values are moved when they are read.
 *
 * @throws ReadError `malformed` when `order` is no permutation of the axes.
 */
export function transposed(tensor: Tensor, order: readonly number[]): Tensor {
  const { shape, dtype, quantization } = tensor;
  if (order.length !== shape.length || !shape.every((_, axis) => order.includes(axis))) {
    throw new ReadError(
      "malformed",
      `[${order.join(", ")}] is no order of the axes of a tensor of shape [${shape.join(", ")}].`,
    );
  }
  if (order.every((axis, i) => axis === i)) return tensor;
  const strides = rowMajorStrides(shape);
  const moved = order.map((axis) => ({ extent: shape[axis]!, stride: strides[axis]! }));
  return {
    ...tensor,
    shape: moved.map(({ extent }) => extent),
    ...(quantization === undefined || "minimum" in quantization || quantization.axis === null
      ? {}
      : { quantization: { ...quantization, axis: order.indexOf(quantization.axis) } }),
    async readBytes(context) {
      const bytes = await tensor.readBytes(context);
      const size = isDType(dtype) ? DTYPES[dtype].bits / 8 : 0;
      const release = context.budget.take(bytes.length, "a tensor with its axes in another order");
      try {
        if (size === 1) return permute(bytes, moved);
        if (size === 2)
          return bytesOf(permute(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), moved));
        if (size === 4)
          return bytesOf(permute(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), moved));
        if (size === 8)
          return bytesOf(permute(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8), moved));
      } finally {
        release();
      }
      throw new ReadError("unsupported", `The axes of a tensor of ${dtype} cannot be reordered.`);
    },
  };
}

/** Float64 moves 64 bits unchanged: values of eight bytes are copied, never computed with. */
function bytesOf(array: { readonly buffer: ArrayBuffer }): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer);
}

/** Bytes of all values of a tensor as it is stored; null for a dtype that is not known. */
export function storedBytes({ dtype, shape }: Tensor): number | null {
  return isDType(dtype) ? byteLengthOf(dtype, countOf(shape)) : null;
}
