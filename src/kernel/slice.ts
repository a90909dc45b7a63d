import { ReadError } from "../errors.ts";
import type { Kernel, SpatialAxis } from "./kernel.ts";

/** How the slices of a kernel lie in its row-major weights, for one slice axis. */
export interface SliceLayout {
  readonly axis: SpatialAxis;
  /** The axes that run down and across a slice. */
  readonly rowAxis: SpatialAxis;
  readonly columnAxis: SpatialAxis;
  /** Slices of one block, rows and columns of one slice. */
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  /** Steps in `kernel.weights` to the next filter, input, slice, row and column. */
  readonly outStride: number;
  readonly inStride: number;
  readonly sliceStride: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** The layout of `kernel`'s slices across `axis`; rows and columns are the other two axes in canonical order. */
export function sliceLayout(kernel: Pick<Kernel, "shape">, axis: SpatialAxis): SliceLayout {
  const [, inPerGroup, depth, height, width] = kernel.shape;
  const plane = height * width;
  const common = { axis, outStride: inPerGroup * depth * plane, inStride: depth * plane };
  const along = {
    depth: { extent: depth, stride: plane },
    height: { extent: height, stride: width },
    width: { extent: width, stride: 1 },
  };
  const [rowAxis, columnAxis]: readonly [SpatialAxis, SpatialAxis] =
    axis === "depth" ? ["height", "width"] : axis === "height" ? ["depth", "width"] : ["depth", "height"];
  return {
    ...common,
    rowAxis,
    columnAxis,
    slices: along[axis].extent,
    rows: along[rowAxis].extent,
    columns: along[columnAxis].extent,
    sliceStride: along[axis].stride,
    rowStride: along[rowAxis].stride,
    columnStride: along[columnAxis].stride,
  };
}

/** One 2-D plane of a kernel, copied out. */
export interface Slice {
  readonly rows: number;
  readonly columns: number;
  /** Row-major, `rows * columns` of them. */
  readonly weights: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
}

/**
 * `kernel[out, input, index]` for slices across `axis` (default `depth`); `input` counts within the group.
 * Throws `no-such-layer` when an index is out of range.
 *
 * @example
 * const { rows, columns, weights } = readSlice(kernel, 0, 1, 2);
 */
export function readSlice(
  kernel: Kernel,
  out: number,
  input: number,
  index: number,
  axis: SpatialAxis = "depth",
): Slice {
  const layout = sliceLayout(kernel, axis);
  assertIndex(out, kernel.shape[0], "filter");
  assertIndex(input, kernel.shape[1], "input");
  assertIndex(index, layout.slices, "slice");
  const { rows, columns, rowStride, columnStride } = layout;
  const weights =
    kernel.weights instanceof Float32Array
      ? new Float32Array(rows * columns)
      : new Float64Array(rows * columns);
  const base = out * layout.outStride + input * layout.inStride + index * layout.sliceStride;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      weights[at++] = kernel.weights[base + row * rowStride + column * columnStride]!;
    }
  }
  return { rows, columns, weights };
}

/** Throws `no-such-layer` unless `index` is one of 0 … extent - 1. */
export function assertIndex(index: number, extent: number, what: string): void {
  if (Number.isInteger(index) && index >= 0 && index < extent) return;
  const range = extent === 1 ? "only 0" : `0 to ${extent - 1}`;
  throw new ReadError("no-such-layer", `There is no ${what} ${index}; this kernel has ${what}s ${range}.`);
}
