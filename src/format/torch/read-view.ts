import { ReadError } from "../../errors.ts";
import { permute, rowMajorStrides } from "../../tensor/axes.ts";
import { aligned, swapped } from "../../tensor/bytes.ts";
import { countOf, DTYPES, type DType } from "../../tensor/dtype.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import type { TorchStorage } from "./storage.ts";

/** A view of a storage with a dtype that can be read. */
export interface ReadableView {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly strides: readonly number[];
  readonly storage: TorchStorage;
}

/** A span of a storage that is read at once; what is spread wider is read in parts. */
const SPAN = 32 * 1024 * 1024;
/** Most parts of one tensor: a kernel whose values lie further apart is none. */
const PARTS_MOST = 65_536;

/** One axis of a view: its extent and the distance between neighbours, in elements. */
interface Axis {
  readonly extent: number;
  readonly stride: number;
}

/** Whether the values of a view lie one after the other, in row-major order. */
export function isContiguous({ shape, strides }: ReadableView): boolean {
  const packed = rowMajorStrides(shape);
  return shape.every((extent, axis) => extent === 1 || strides[axis] === packed[axis]);
}

/** Bytes from the first to the last value of a view, as they are read. */
export function spanOf(view: ReadableView): { readonly start: number; readonly length: number } {
  const size = DTYPES[view.dtype].bits / 8;
  if (countOf(view.shape) === 0) return { start: 0, length: 0 };
  const last = view.shape.reduce((sum, extent, axis) => sum + (extent - 1) * view.strides[axis]!, 0);
  return { start: view.offset * size, length: (last + 1) * size };
}

/**
 * The values of a view, packed, row-major and little-endian: exactly their bytes are read when they lie together, else
 * the bytes between the first and the last of them.
 */
export async function readView(view: ReadableView, context: ReadContext): Promise<Uint8Array<ArrayBuffer>> {
  const { storage, dtype, shape, strides } = view;
  const size = DTYPES[dtype].bits / 8;
  const { start, length } = spanOf(view);
  if (length === 0) return new Uint8Array(0);
  const axes = shape.map((extent, axis) => ({ extent, stride: strides[axis]! }));
  if (isContiguous(view)) return toLittle(await storage.read(start, length, context), view);
  const packed = countOf(shape) * size;
  if (length <= SPAN || length <= 4 * packed) {
    const release = context.budget.take(length, "a tensor whose values are spread over its storage");
    try {
      return moved(toLittle(await storage.read(start, length, context), view), axes, size);
    } finally {
      release();
    }
  }
  return readParts(view, axes, context);
}

/** Values that are spread widely: a part for each place on the outer axes, so that memory stays small. */
async function readParts(
  view: ReadableView,
  axes: readonly Axis[],
  context: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const { storage, dtype, shape } = view;
  const size = DTYPES[dtype].bits / 8;
  const packed = rowMajorStrides(shape);
  const byStride = axes.map((axis, i) => ({ ...axis, to: packed[i]! })).sort((a, b) => b.stride - a.stride);
  let split = 0;
  const spanFrom = (from: number): number =>
    byStride.slice(from).reduce((sum, { extent, stride }) => sum + (extent - 1) * stride, 1) * size;
  while (split < byStride.length && spanFrom(split) > SPAN) split++;
  const outer = byStride.slice(0, split);
  const inner = byStride.slice(split);
  const parts = countOf(outer.map(({ extent }) => extent));
  if (parts > PARTS_MOST) {
    throw new ReadError(
      "limit",
      `Its values lie in ${parts} places far from each other; the limit is ${PARTS_MOST}.`,
    );
  }
  const result = new Uint8Array(countOf(shape) * size);
  const rows = inner.map(({ extent }) => extent);
  for (let part = 0; part < parts; part++) {
    context.budget.check();
    let from = view.offset;
    let to = 0;
    for (let axis = outer.length - 1, rest = part; axis >= 0; axis--) {
      const { extent, stride, to: step } = outer[axis]!;
      from += (rest % extent) * stride;
      to += (rest % extent) * step;
      rest = Math.floor(rest / extent);
    }
    const bytes = toLittle(await storage.read(from * size, spanFrom(split), context), view);
    const values = moved(bytes, inner, size);
    scatter(values, result, rows, inner, to, size);
  }
  return result;
}

/** Puts packed `values` of the inner axes at their places in the result. */
function scatter(
  values: Uint8Array,
  result: Uint8Array,
  extents: readonly number[],
  axes: readonly { readonly to: number }[],
  start: number,
  size: number,
): void {
  const count = countOf(extents);
  for (let i = 0; i < count; i++) {
    let to = start;
    for (let axis = extents.length - 1, rest = i; axis >= 0; axis--) {
      to += (rest % extents[axis]!) * axes[axis]!.to;
      rest = Math.floor(rest / extents[axis]!);
    }
    for (let byte = 0; byte < size; byte++) result[to * size + byte] = values[i * size + byte]!;
  }
}

/** Values in the order of `axes`, moved as whole numbers, so that no bit of a NaN is lost. */
function moved(bytes: Uint8Array<ArrayBuffer>, axes: readonly Axis[], size: number): Uint8Array<ArrayBuffer> {
  if (size === 1) return permute(bytes, axes);
  const { buffer, byteOffset, length } = bytes;
  if (size === 2) return bytesOf(permute(new Uint16Array(buffer, byteOffset, length / 2), axes));
  const words = size / 4;
  const wide = axes.map(({ extent, stride }) => ({ extent, stride: stride * words }));
  return bytesOf(
    permute(new Uint32Array(buffer, byteOffset, length / 4), [...wide, { extent: words, stride: 1 }]),
  );
}

function bytesOf(array: { readonly buffer: ArrayBuffer }): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer);
}

/** Little-endian, and aligned; the two halves of a complex number are turned one by one. */
function toLittle(bytes: Uint8Array<ArrayBuffer>, { storage, dtype }: ReadableView): Uint8Array<ArrayBuffer> {
  const size = DTYPES[dtype].bits / 8;
  const word = DTYPES[dtype].kind === "complex" ? size / 2 : size;
  return storage.bigEndian && word > 1 ? swapped(bytes, word) : aligned(bytes, Math.min(8, size));
}
