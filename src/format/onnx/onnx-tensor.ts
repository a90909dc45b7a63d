import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { aligned } from "../../tensor/bytes.ts";
import { byteLengthOf, countOf, DTYPES, type DType, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { storedTensor } from "../stored-tensor.ts";
import { dtypeName, valuesFieldOf } from "./data-types.ts";
import type { ExternalFiles } from "./external-files.ts";
import type { OnnxTensor } from "./messages.ts";
import { typedBytes } from "./typed-values.ts";

/** What the values of a model's tensors are read from. */
export interface ValueFiles {
  readonly source: Source;
  readonly external: ExternalFiles;
}

/** A TensorProto as a tensor called `name`. */
export function onnxTensor(proto: OnnxTensor, name: string, files: ValueFiles): Tensor {
  const { dims: shape, data } = proto;
  const dtype = dtypeName(proto.type);
  const { source } = files;
  const plain = { name, dtype, shape, source };
  const why = whyUnreadable(proto, dtype);
  if (why !== null || !isDType(dtype)) return storedTensor({ ...plain, offset: 0, unreadable: why ?? "" });
  const count = countOf(shape);
  if (count === 0 && data.kind !== "external") return { ...plain, readBytes: async () => new Uint8Array(0) };
  switch (data.kind) {
    case "raw":
      return proto.small === null
        ? storedTensor({ ...plain, offset: data.place.start })
        : held({ name, dtype, shape }, proto.small);
    case "external":
      return {
        ...plain,
        async readBytes(context) {
          const file = await files.external.open(data.location, context.signal);
          return storedTensor({ ...plain, source: file, offset: data.offset }).readBytes(context);
        },
      };
    case "packed":
      if (data.field === "float" || data.field === "double")
        return storedTensor({ ...plain, offset: data.place.start });
      break;
    case "scattered":
      break;
    default:
      return storedTensor({ ...plain, offset: 0, unreadable: "It has no values." });
  }
  const { place, field } = data;
  return {
    ...plain,
    async readBytes({ budget, signal }) {
      const length = place.end - place.start;
      const release = budget.take(length, "a tensor");
      try {
        const bytes =
          data.kind === "packed" && proto.small !== null
            ? proto.small
            : await source.read(place.start, length, signal);
        return typedBytes(bytes, data.kind === "scattered", { field, dtype, count }, budget);
      } catch (error) {
        throw inTensor(error, name);
      } finally {
        release();
      }
    },
  };
}

/** A tensor over values of our own making. */
export function numbersTensor(
  name: string,
  shape: readonly number[],
  values: readonly number[],
  dtype: "float32" | "int64",
): Tensor {
  const bytes =
    dtype === "float32"
      ? new Uint8Array(Float32Array.from(values).buffer)
      : new Uint8Array(BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))).buffer);
  return held({ name, dtype, shape }, bytes);
}

function held(
  plain: { readonly name: string; readonly dtype: DType; readonly shape: readonly number[] },
  bytes: Uint8Array<ArrayBuffer>,
): Tensor {
  const { name, dtype, shape } = plain;
  const size = Math.max(1, DTYPES[dtype].bits / 8);
  return { name, dtype, shape, readBytes: async () => aligned(bytes.slice(), size) };
}

function whyUnreadable({ type, dims, data }: OnnxTensor, dtype: string): string | null {
  if (data.kind === "unreadable") return data.why;
  if (!isDType(dtype)) return `Its values are of ${dtype}, which Kernelscope does not read.`;
  const count = countOf(dims);
  const length = byteLengthOf(dtype, count);
  if (!Number.isSafeInteger(length))
    return `Its shape [${dims.join(", ")}] has more values than can be counted.`;
  if (data.kind === "none")
    return count === 0 ? null : `It has the shape [${dims.join(", ")}] but no values.`;
  const found =
    data.kind === "external"
      ? data.length
      : data.kind === "raw" || (data.kind === "packed" && (data.field === "float" || data.field === "double"))
        ? data.place.end - data.place.start
        : null;
  if (found !== null && found !== length)
    return `Its ${count} values of ${dtype} should take ${length} bytes, but ${found} are there.`;
  if ((data.kind === "packed" || data.kind === "scattered") && data.field !== valuesFieldOf(dtype))
    return `Its values of ${dtype} (data type ${type}) should stand in ${valuesFieldOf(dtype)}_data, but stand in ${data.field}_data.`;
  return null;
}

function inTensor(error: unknown, name: string): unknown {
  return error instanceof ReadError && error.code === "malformed"
    ? new ReadError("malformed", `The tensor ${JSON.stringify(name)} cannot be read: ${error.message}`)
    : error;
}
