import type { MsgpackCursor, MsgpackToken } from "../../codec/msgpack.ts";
import { ReadError } from "../../errors.ts";
import { byteLengthOf, countOf, DTYPES, isDType } from "../../tensor/dtype.ts";

/** An array's place in the file: packed, row-major, little-endian values. */
export interface FlaxArray {
  readonly shape: readonly number[];
  /** NumPy's name, or ml_dtypes'. */
  readonly dtype: string;
  readonly offset: number;
  readonly length: number;
}

/** Most axes of an array in JAX and NumPy 2. */
const RANK_MOST = 64;

/**
 * Reads the head of an array extension, `[shape, dtype name, bytes]` (`_ndarray_to_bytes` of flax.serialization), and
 * leaves the cursor behind its values, which are not read.
 *
 * @throws ReadError `malformed` when the parts contradict each other.
 */
export async function readFlaxArray(
  cursor: MsgpackCursor,
  extension: MsgpackToken & { readonly kind: "extension" },
): Promise<FlaxArray> {
  const end = extension.offset + extension.length;
  const malformed = (why: string): ReadError =>
    new ReadError("malformed", `The array at byte ${extension.offset} ${why}.`, { offset: extension.offset });
  const outer = await cursor.next();
  if (outer.kind !== "list" || outer.count !== 3)
    throw malformed("should be a list of shape, dtype and bytes, but is not");
  const extents = await cursor.next();
  if (extents.kind !== "list" || extents.count > RANK_MOST)
    throw malformed(`should begin with a shape of at most ${RANK_MOST} extents, but does not`);
  const shape: number[] = [];
  for (let i = 0; i < extents.count; i++) {
    const extent = await cursor.next();
    if (extent.kind !== "number" || !Number.isSafeInteger(extent.value) || extent.value < 0)
      throw malformed("has an extent that is no whole number");
    shape.push(extent.value);
  }
  const name = await cursor.next();
  if (name.kind !== "text" || name.length > 64) throw malformed("should name its dtype, but does not");
  const dtype = await cursor.text(name);
  const data = await cursor.next();
  if (data.kind !== "bytes" || data.offset + data.length !== end)
    throw malformed(`of ${extension.length} bytes should end with its values, but does not`);
  cursor.skipTo(end);
  const count = countOf(shape);
  const wanted = storedLength(dtype, count);
  if (wanted !== null && wanted !== data.length)
    throw malformed(
      `of ${dtype} [${shape.join(", ")}] should hold ${wanted} bytes of values, but holds ${data.length}`,
    );
  return { shape, dtype, offset: data.offset, length: data.length };
}

/** Bytes of `count` values as NumPy lays them out: 4-bit integers take a byte each; null for a dtype that is not known. */
export function storedLength(dtype: string, count: number): number | null {
  if (!isDType(dtype)) return null;
  return DTYPES[dtype].bits < 8 ? count : byteLengthOf(dtype, count);
}
