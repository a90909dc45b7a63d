import { ReadError } from "../../errors.ts";
import { rowMajorStrides } from "../../tensor/axes.ts";
import { decode } from "../../tensor/decode.ts";
import { byteLengthOf, countOf, DTYPES, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OnnxSparseTensor } from "./messages.ts";
import { onnxTensor, type ValueFiles } from "./onnx-tensor.ts";

/**
 * A SparseTensorProto as a dense tensor: zeros but for `values`, whose places `indices` tell, as positions in the
 * row-major order ([NNZ]) or as one index per axis ([NNZ, rank]).
 */
export function sparseTensor(proto: OnnxSparseTensor, name: string, files: ValueFiles): Tensor {
  const values = onnxTensor(proto.values, name, files);
  const indices = onnxTensor(proto.indices, `${name} (indices)`, files);
  const { dims: shape } = proto;
  const { dtype } = values;
  const [count = 0] = values.shape;
  const size = isDType(dtype) ? DTYPES[dtype].bits / 8 : 0;
  const unreadable =
    values.unreadable ??
    indices.unreadable ??
    (size < 1 || values.shape.length !== 1
      ? `Its sparse values of ${dtype} [${values.shape.join(", ")}] are not read.`
      : indices.dtype !== "int64" ||
          indices.shape[0] !== count ||
          (indices.shape[1] ?? shape.length) !== shape.length
        ? `Its ${count} sparse values have indices of ${indices.dtype} [${indices.shape.join(", ")}].`
        : undefined);
  return {
    name,
    dtype,
    shape,
    ...(unreadable === undefined ? {} : { unreadable }),
    async readBytes(context) {
      if (unreadable !== undefined || !isDType(dtype))
        throw new ReadError("unsupported", unreadable ?? dtype);
      const length = byteLengthOf(dtype, countOf(shape));
      const release = context.budget.take(length, "a sparse tensor");
      try {
        const stored = await values.readBytes(context);
        const places = decode(await indices.readBytes(context), "int64", countOf(indices.shape));
        const dense = new Uint8Array(length);
        const strides = indices.shape.length === 1 ? [1] : rowMajorStrides(shape);
        for (let i = 0; i < count; i++) {
          const at = placeAt(places, i, strides, indices.shape.length === 1 ? [countOf(shape)] : shape);
          dense.set(stored.subarray(i * size, (i + 1) * size), at * size);
        }
        return dense;
      } finally {
        release();
      }
    },
  };
}

function placeAt(
  places: ArrayLike<number>,
  i: number,
  strides: readonly number[],
  extents: readonly number[],
): number {
  let at = 0;
  for (const [axis, stride] of strides.entries()) {
    const index = places[i * strides.length + axis]!;
    if (!(index >= 0 && index < extents[axis]!))
      throw new ReadError(
        "malformed",
        `A sparse value stands at index ${index} of an axis of ${extents[axis]}.`,
      );
    at += index * stride;
  }
  return at;
}
