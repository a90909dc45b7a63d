import { ReadError } from "../../errors.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { FlaxArray } from "./array-header.ts";
import type { FlaxMap, FlaxNode } from "./tree.ts";

/** The key by which Flax marks an array of more than 2^30 bytes that it has cut into pieces. */
const MARK = "__msgpack_chunked_array__";

/** An array in pieces of one dtype. */
export interface ChunkedArray {
  readonly shape: readonly number[];
  readonly chunks: readonly FlaxArray[];
}

/** Whether a map stands for one large array (`_chunk` of flax.serialization). */
export function isChunked({ children }: FlaxMap): boolean {
  return children.has(MARK);
}

/**
 * The pieces of a chunked array in their order.
 *
 * @throws ReadError `malformed` when a piece is missing, or they do not add up to the shape.
 */
export function chunkedArray({ children }: FlaxMap, name: string): ChunkedArray {
  const malformed = (why: string): ReadError =>
    new ReadError("malformed", `The array ${JSON.stringify(name)} is stored in pieces, ${why}.`);
  const shape = inOrder(children.get("shape"));
  const chunks = inOrder(children.get("chunks"));
  const extents = shape?.filter(
    (extent) => typeof extent === "number" && Number.isSafeInteger(extent) && extent >= 0,
  );
  const arrays = chunks?.filter(isArray);
  if (shape === null || extents === undefined || extents.length !== shape.length)
    throw malformed("but its shape is missing");
  if (chunks === null || arrays === undefined || arrays.length !== chunks.length || arrays.length === 0)
    throw malformed("but one of them is missing");
  const dtype = arrays[0]!.dtype;
  if (arrays.some((array) => array.dtype !== dtype)) throw malformed("which have different dtypes");
  const there = arrays.reduce((sum, array) => sum + countOf(array.shape), 0);
  const wanted = countOf(extents as number[]);
  if (there !== wanted) throw malformed(`which hold ${there} values instead of ${wanted}`);
  return { shape: extents as number[], chunks: arrays };
}

/** The values of a map whose keys are "0", "1", …; null when it is none. */
function inOrder(node: FlaxNode | undefined): readonly FlaxNode[] | null {
  if (typeof node !== "object" || node === null || !("children" in node)) return null;
  const { children } = node;
  const values: FlaxNode[] = [];
  for (let i = 0; i < children.size; i++) {
    const value = children.get(String(i));
    if (value === undefined) return null;
    values.push(value);
  }
  return values;
}

function isArray(node: FlaxNode): node is FlaxArray {
  return typeof node === "object" && node !== null && "dtype" in node;
}
