import { isReadError, ReadError } from "../../errors.ts";
import { rowMajorStrides } from "../../tensor/axes.ts";
import type { Values } from "../../tensor/decode.ts";
import { countOf } from "../../tensor/dtype.ts";
import { packFloats, type Rounded } from "../../tensor/round-floats.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import { unpackBits } from "./computed-tensor.ts";
import { arrayValues, type MilArray, packedBits } from "./mil-array.ts";

/** What a compressing operation is given, by the names of its parameters. */
export type Parameters = (name: string) => Promise<MilArray | null>;

/** Makes an array out of compressed parts; null when a part is missing, a sentence when it is not read. */
type Decompress = (parameters: Parameters, context: ReadContext) => Promise<MilArray | string | null>;

/** Axes of a table of scales or of palettes. */
const AXES_MOST = 16;

/**
 * Operations that hold weights compressed (coremltools, mil/ops/defs/iOS16 and iOS18): what each makes is
 * `decompress` of coremltools to the bit.
 */
export const CONSTEXPR: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ["constexpr_cast", async (of) => await of("source_val")],
  ["constexpr_affine_dequantize", affine],
  ["constexpr_blockwise_shift_scale", blockwise],
  ["constexpr_lut_to_dense", palette],
  ["constexpr_sparse_to_dense", sparse],
]);

/** `(q - zero_point) * scale` along an axis, in float32, rounded to the type of the scale. */
async function affine(of: Parameters, context: ReadContext): Promise<MilArray | string | null> {
  const [data, scale, zero] = [await of("quantized_data"), await of("scale"), await of("zero_point")];
  const axisArray = await of("axis");
  if (data === null || scale === null || axisArray === null) return null;
  const [stated = 0] = await arrayValues(axisArray, context);
  const axis = stated < 0 ? stated + data.shape.length : stated;
  const spread = (array: MilArray): readonly number[] | null => {
    const count = countOf(array.shape);
    if (count === 1) return data.shape.map(() => 1);
    return count === data.shape[axis] ? data.shape.map((extent, at) => (at === axis ? extent : 1)) : null;
  };
  const scales = spread(scale);
  const zeros = zero === null ? null : spread(zero);
  if (scales === null || (zero !== null && zeros === null))
    return `Its scales do not fit axis ${axis} of its shape [${data.shape.join(", ")}].`;
  return scaled(data, { ...scale, shape: scales }, zero === null ? null : { ...zero, shape: zeros! });
}

/** `(data - offset) * scale`, one scale for each block along every axis. */
async function blockwise(of: Parameters): Promise<MilArray | string | null> {
  const [data, scale, offset] = [await of("data"), await of("scale"), await of("offset")];
  if (data === null || scale === null) return null;
  const fits = (array: MilArray): boolean =>
    array.shape.length === data.shape.length &&
    array.shape.every((extent, axis) => extent >= 1 && data.shape[axis]! % extent === 0);
  if (!fits(scale) || (offset !== null && !fits(offset)))
    return `Its scales of shape [${scale.shape.join(", ")}] do not fit its shape [${data.shape.join(", ")}].`;
  return scaled(data, scale, offset);
}

function scaled(data: MilArray, scale: MilArray, offset: MilArray | null): MilArray | string {
  const { dtype } = scale;
  if (!isRounded(dtype)) return `Its scales are of ${dtype}.`;
  const { shape } = data;
  return {
    dtype,
    shape,
    async bytes(context) {
      const [q, scales] = [await arrayValues(data, context), await arrayValues(scale, context)];
      const offsets = offset === null ? null : await arrayValues(offset, context);
      const values = new Float32Array(q.length);
      const scaleAt = blockIndex(shape, scale.shape);
      const offsetAt = offset === null ? null : blockIndex(shape, offset.shape);
      for (let i = 0; i < values.length; i++) {
        const zero = offsetAt === null ? 0 : offsets![offsetAt(i)]!;
        values[i] = Math.fround(q[i]! - zero) * scales[scaleAt(i)]!;
      }
      return packFloats(values, dtype);
    },
  };
}

/** The index in a table of shape `table` for each row-major index of `shape`, in blocks along every axis. */
function blockIndex(shape: readonly number[], table: readonly number[]): (index: number) => number {
  const strides = rowMajorStrides(shape);
  const steps = rowMajorStrides(table);
  const blocks = shape.map((extent, axis) => extent / table[axis]!);
  const axes = table.flatMap((extent, axis) => (extent > 1 ? [axis] : []));
  return (index) => {
    let at = 0;
    for (const axis of axes)
      at += Math.floor((Math.floor(index / strides[axis]!) % shape[axis]!) / blocks[axis]!) * steps[axis]!;
    return at;
  };
}

/**
 * A value of a palette for each index: one palette with packed bytes and a `shape` (iOS 16), or palettes for blocks
 * along every axis, `[…, palettes, vector]` (iOS 18).
 */
async function palette(of: Parameters, context: ReadContext): Promise<MilArray | string | null> {
  const [indices, lut, shapeArray] = [await of("indices"), await of("lut"), await of("shape")];
  if (indices === null || lut === null) return null;
  if (!isRounded(lut.dtype)) return `Its palette is of ${lut.dtype}.`;
  const { dtype } = lut;
  if (shapeArray !== null) {
    const shape = await extentsOf(shapeArray, context);
    const bits = Math.log2(countOf(lut.shape));
    if (shape === null || !(bits >= 1 && bits <= 8 && Number.isInteger(bits)))
      return `Its palette of ${countOf(lut.shape)} values is none of 2, 4, 16, 64 or 256.`;
    return {
      dtype,
      shape,
      async bytes(own) {
        const values = await arrayValues(lut, own);
        const at = unpackBits(await indices.bytes(own), countOf(shape), bits, "low");
        return packFloats(
          Float32Array.from(at, (index) => values[index]!),
          dtype,
        );
      },
    };
  }
  const outer = lut.shape.slice(0, -2);
  const [entries = 0, vector = 0] = lut.shape.slice(-2);
  const fits =
    outer.length === indices.shape.length &&
    outer.every((extent, axis) => extent >= 1 && indices.shape[axis]! % extent === 0);
  const bits =
    packedBits(indices.dtype) || (indices.dtype === "uint4" ? 4 : indices.dtype === "uint8" ? 8 : 0);
  if (!fits || vector < 1 || entries !== 2 ** bits)
    return `Its palettes of shape [${lut.shape.join(", ")}] do not fit indices of ${indices.dtype} [${indices.shape.join(", ")}].`;
  const axisArray = await of("vector_axis");
  const [stated = 0] = axisArray === null ? [0] : await arrayValues(axisArray, context);
  const axis = stated < 0 ? stated + indices.shape.length : stated;
  const extent = indices.shape[axis];
  if (extent === undefined || (vector > 1 && axisArray === null))
    return `Its vectors lie along axis ${stated}, which it lacks.`;
  const shape = indices.shape.with(axis, extent * vector);
  return {
    dtype,
    shape,
    async bytes(own) {
      const [values, at] = [await arrayValues(lut, own), await arrayValues(indices, own)];
      const tableAt = blockIndex(indices.shape, outer);
      const inner = countOf(shape.slice(axis + 1));
      const result = new Float32Array(countOf(shape));
      for (let i = 0; i < result.length; i++) {
        // Along the axis every index stands for `vector` values.
        const along = Math.floor(i / inner);
        const from = Math.floor(along / vector) * inner + (i % inner);
        result[i] = values[(tableAt(from) * entries + at[from]!) * vector + (along % vector)]!;
      }
      return packFloats(result, dtype);
    },
  };
}

/** Values where a bit mask is set, zeros elsewhere. */
async function sparse(of: Parameters, context: ReadContext): Promise<MilArray | string | null> {
  const [data, mask, shapeArray] = [await of("nonzero_data"), await of("mask"), await of("shape")];
  if (data === null || mask === null) return null;
  const shape = shapeArray === null ? mask.shape : await extentsOf(shapeArray, context);
  if (shape === null) return "Its shape is none.";
  const { dtype } = data;
  if (!isRounded(dtype)) return `Its values that are not zero are of ${dtype}.`;
  return {
    dtype,
    shape,
    async bytes(own) {
      const values: Values = await arrayValues(data, own);
      const bits = unpackBits(await mask.bytes(own), countOf(shape), 1, "low");
      const result = new Float32Array(bits.length);
      let used = 0;
      for (let i = 0; i < bits.length; i++) if (bits[i] === 1) result[i] = values[used++] ?? Number.NaN;
      if (used !== values.length)
        throw new ReadError(
          "malformed",
          `Its mask has ${used} bits set, but ${values.length} values are there.`,
        );
      return packFloats(result, dtype);
    },
  };
}

async function extentsOf(array: MilArray, context: ReadContext): Promise<number[] | null> {
  try {
    const extents = countOf(array.shape) > AXES_MOST ? [] : [...(await arrayValues(array, context))];
    const fits =
      extents.length > 0 && extents.every((extent) => extent >= 0) && Number.isSafeInteger(countOf(extents));
    return fits ? extents : null;
  } catch (error) {
    if (isReadError(error, "malformed", "unsupported")) return null;
    throw error;
  }
}

function isRounded(dtype: string): dtype is Rounded {
  return dtype === "float32" || dtype === "float16" || dtype === "bfloat16";
}
