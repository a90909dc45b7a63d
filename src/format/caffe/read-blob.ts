import type { ProtoReader, SourceField } from "../../codec/proto-reader.ts";
import { protoFields } from "../../codec/protobuf.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { byteLengthOf, countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { storedTensor } from "../stored-tensor.ts";

/** A BlobProto, its values not read. */
export interface CaffeBlob {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "float64";
  /** Where the values stand when they are packed and in one piece; otherwise the whole message is read again. */
  readonly values: { readonly start: number; readonly end: number } | null;
  readonly message: { readonly start: number; readonly end: number };
  /** The field that the values stand in. */
  readonly field: number;
  /** Whether it is of C3D's first version, whose blobs have five extents of their own. */
  readonly isC3d: boolean;
}

/** Blobs up to so many bytes are read whole. */
const WHOLE_MOST = 512;

/**
 * Reads a BlobProto without its values: shape=7 (dim=1), data=5, double_data=8, and before shapes num=1, channels=2,
 * height=3, width=4. C3D 1.0 has num=1, channels=2, length=3, height=4, width=5, data=6 instead: there 5 is a number.
 */
export async function readBlob(reader: ProtoReader, message: SourceField): Promise<CaffeBlob> {
  const old = new Map<number, number>();
  let shape: number[] | null = null;
  const found = new Map<number, { first: SourceField; count: number }>();
  for await (const field of reader.each(message, "a Caffe blob", WHOLE_MOST)) {
    if (field.wire === 0 && field.number <= 5) old.set(field.number, field.value);
    else if (field.number === 7 && field.wire === 2) shape = await readShape(reader, field, shape ?? []);
    else if (field.number === 5 || field.number === 6 || field.number === 8) {
      const known = found.get(field.number);
      if (known === undefined) found.set(field.number, { first: field, count: 1 });
      else known.count++;
    }
  }
  const isC3d = old.has(5);
  const number = isC3d ? 6 : found.has(5) || !found.has(8) ? 5 : 8;
  const values = found.get(number);
  const isWhole = values?.count === 1 && values.first.wire === 2;
  const extents = shape ?? [1, 2, 3, 4, ...(isC3d ? [5] : [])].map((axis) => old.get(axis) ?? 0);
  if (!extents.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || extents.length > 64) {
    throw new ReadError(
      "malformed",
      `A Caffe blob has the shape [${extents.slice(0, 8).join(", ")}], which cannot be.`,
      { offset: message.start },
    );
  }
  return {
    shape: extents,
    dtype: number === 8 ? "float64" : "float32",
    values: isWhole ? { start: values.first.start, end: values.first.end } : null,
    message: { start: message.start, end: message.end },
    field: number,
    isC3d,
  };
}

async function readShape(reader: ProtoReader, message: SourceField, dims: number[]): Promise<number[]> {
  for (const field of await reader.fields(message, "a Caffe blob's shape"))
    if (field.number === 1) await reader.varints(dims, field);
  return dims;
}

/** A blob as a tensor called `name`, with the shape of its values. */
export function blobTensor(blob: CaffeBlob, name: string, shape: readonly number[], source: Source): Tensor {
  const { dtype, values, message, field } = blob;
  const count = countOf(shape);
  const length = byteLengthOf(dtype, count);
  const plain = { name, dtype, shape, source };
  if (!Number.isSafeInteger(length))
    return storedTensor({
      ...plain,
      offset: 0,
      unreadable: `Its shape [${shape.join(", ")}] has more values than can be counted.`,
    });
  if (values !== null) {
    const found = values.end - values.start;
    if (found === length) return storedTensor({ ...plain, offset: values.start });
    return storedTensor({
      ...plain,
      offset: 0,
      unreadable: `Its ${count} values of ${dtype} should take ${length} bytes, but ${found} are there.`,
    });
  }
  return {
    ...plain,
    async readBytes({ budget, signal }) {
      const size = message.end - message.start;
      // A value on its own takes a tag as well.
      if (length > size) throw wrongCount(count, size);
      const release = budget.take(size + length, "a blob");
      try {
        const bytes = await source.read(message.start, size, signal);
        const out = new Uint8Array(length);
        let at = 0;
        for (const piece of protoFields(bytes, budget, "a Caffe blob")) {
          if (piece.number !== field || piece.wire === 0) continue;
          if (at + piece.end - piece.start > length) throw wrongCount(count, size);
          out.set(bytes.subarray(piece.start, piece.end), at);
          at += piece.end - piece.start;
        }
        if (at !== length) throw wrongCount(count, at);
        return out;
      } finally {
        release();
      }
    },
  };
}

function wrongCount(count: number, bytes: number): ReadError {
  return new ReadError("malformed", `A Caffe blob should hold ${count} values, but has ${bytes} bytes.`);
}
