import { ReadError } from "../errors.ts";
import { permute, rowMajorStrides } from "../tensor/axes.ts";
import { aligned, swapped } from "../tensor/bytes.ts";
import { byteLengthOf, countOf, DTYPES, isDType } from "../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../tensor/tensor.ts";
import type { NumpyHeader } from "./numpy-header.ts";

/** Bytes of the array's values; null when its kind is not laid out value by value. */
export function numpyDataLength(header: NumpyHeader): number | null {
  if (isDType(header.dtype)) return byteLengthOf(header.dtype, countOf(header.shape));
  return null;
}

/**
 * An npy array as a tensor; `readData` gives the stored values, which are turned to little-endian and row-major
 * here.
 *
 * @throws ReadError `truncated` when `available` bytes are fewer than the shape needs.
 */
export function numpyTensor(
  name: string,
  header: NumpyHeader,
  available: number,
  readData: (length: number, context: ReadContext) => Promise<Uint8Array<ArrayBuffer>>,
): Tensor {
  const { dtype, shape, unreadable } = header;
  const length = numpyDataLength(header);
  if (length !== null && length > available) {
    throw new ReadError(
      "truncated",
      `The array of ${dtype} [${shape.join(", ")}] needs ${length} bytes of values, but ${available} are there.`,
    );
  }
  return {
    name,
    dtype,
    shape,
    ...(unreadable === undefined ? {} : { unreadable }),
    async readBytes(context) {
      if (unreadable !== undefined || length === null || !isDType(dtype)) {
        throw new ReadError("unsupported", unreadable ?? `Its dtype is ${dtype}.`);
      }
      const size = Math.max(1, DTYPES[dtype].bits / 8);
      const stored = await readData(length, context);
      // The two halves of a complex number are swapped one by one.
      const word = DTYPES[dtype].kind === "complex" ? size / 2 : size;
      const little =
        header.bigEndian && word > 1 ? swapped(stored, word) : aligned(stored, Math.min(8, size));
      return header.fortranOrder && shape.length > 1 ? toRowMajor(little, shape, size) : little;
    },
  };
}

/** Column-major values as row-major ones, bit for bit: moved as whole numbers, wide ones in 32-bit words. */
function toRowMajor(
  bytes: Uint8Array<ArrayBuffer>,
  shape: readonly number[],
  size: number,
): Uint8Array<ArrayBuffer> {
  const words = Math.max(1, size / 4);
  const stored =
    size === 1
      ? bytes
      : size === 2
        ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
        : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const strides = rowMajorStrides(shape.toReversed()).toReversed();
  const axes = shape.map((extent, i) => ({ extent, stride: strides[i]! * words }));
  const moved = permute(stored, [...axes, { extent: words, stride: 1 }]);
  return new Uint8Array(moved.buffer);
}
