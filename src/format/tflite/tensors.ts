import { createFlatbuffer, type Flatbuffer, type FlatTable } from "../../codec/flatbuffer.ts";
import { inFile, ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { aligned } from "../../tensor/bytes.ts";
import { byteLengthOf, countOf, DTYPES, isDType } from "../../tensor/dtype.ts";
import type { Quantization, ReadContext, Tensor } from "../../tensor/tensor.ts";
import { readPieces } from "../stored-tensor.ts";
import { densify, type Sparsity } from "./densify.ts";
import { FIELDS, TENSOR_TYPES } from "./schema.ts";
import { readSparsity } from "./sparsity.ts";

/** A tensor of a subgraph as its table states it; constants and what operators make alike. */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  /** The shape with null where the model leaves an extent open. */
  readonly openShape: readonly (number | null)[];
  readonly dtype: string;
  readonly known: boolean;
  readonly buffer: number;
  readonly isVariable: boolean;
  readonly external: boolean;
  readonly table: FlatTable;
}

/** What tensors are read from. */
export interface TensorPlace {
  readonly source: Source;
  readonly file: Flatbuffer;
  /** Where the tables of buffers lie. */
  readonly buffers: readonly number[];
}

/** Reads the table of a tensor, without its quantisation. */
export async function readTensorInfo(file: Flatbuffer, at: number): Promise<TensorInfo> {
  const table = await file.table(at);
  const fields = FIELDS.tensor;
  const shape = (await file.numbers(table, fields.shape, "int32")) ?? [];
  const name = (await file.text(table, fields.name)) ?? "";
  if (shape.some((extent) => extent < 0) || !Number.isSafeInteger(countOf(shape))) {
    throw new ReadError(
      "malformed",
      `The tensor ${JSON.stringify(name)} has the shape [${shape.join(", ")}].`,
    );
  }
  const signature = (await file.numbers(table, fields.shapeSignature, "int32")) ?? shape;
  const type = table.scalar(fields.type, "int8", 0);
  const [dtype, known] = TENSOR_TYPES[type] ?? [`type ${type}`, false];
  return {
    name,
    shape,
    openShape: shape.map((extent, axis) => (signature[axis] === -1 ? null : extent)),
    dtype,
    known,
    buffer: table.scalar(fields.buffer, "uint32", 0),
    isVariable: table.scalar(fields.isVariable, "bool", 0) !== 0,
    external: table.scalar(fields.externalBuffer, "uint32", 0) !== 0,
    table,
  };
}

/** A constant of the model as a tensor called `name`. */
export async function constantTensor(info: TensorInfo, name: string, place: TensorPlace): Promise<Tensor> {
  const { dtype, shape, buffer } = info;
  const quantization = await readQuantization(info, place.file);
  const sparsity = await readSparsity(place.file, info.table);
  const unreadable =
    whyUnreadable(info) ??
    (typeof quantization === "string" ? quantization : undefined) ??
    (sparsity !== null && isDType(dtype) && DTYPES[dtype].bits < 8
      ? `It is sparse and stored as ${dtype}, which Kernelscope does not read.`
      : undefined);
  return {
    name,
    dtype,
    shape,
    ...(typeof quantization === "object" && quantization !== null ? { quantization } : {}),
    ...(unreadable === undefined ? {} : { unreadable }),
    async readBytes(context) {
      if (unreadable !== undefined)
        throw new ReadError("unsupported", unreadable, { file: place.source.name });
      try {
        // Not the whole of `info`: a model has many tensors, and each would keep its table.
        return await readValues({ dtype, shape, buffer }, name, sparsity, place, context);
      } catch (error) {
        throw inFile(error, place.source.name);
      }
    },
  };
}

function whyUnreadable({ dtype, known, external }: TensorInfo): string | undefined {
  if (external)
    return "Its values lie in another file, as large models for LiteRT keep them; that is not read.";
  return known ? undefined : `It holds ${dtype} values, which Kernelscope does not read.`;
}

/** Affine quantisation, the reason why it cannot be used, or null. Floats are never quantised. */
async function readQuantization(info: TensorInfo, file: Flatbuffer): Promise<Quantization | string | null> {
  const { dtype, shape } = info;
  const table = await file.child(info.table, FIELDS.tensor.quantization);
  if (table === null || !/^u?int/.test(dtype)) return null;
  const fields = FIELDS.quantization;
  const details = table.scalar(fields.detailsType, "uint8", 0);
  if (details === 2) return "It is quantised in blocks, which Kernelscope does not read.";
  if (details !== 0) return "It is quantised in a way of its writer's own.";
  const scale = (await file.numbers(table, fields.scale, "float32")) ?? [];
  if (scale.length === 0) return null;
  const zeroPoint = (await file.numbers(table, fields.zeroPoint, "int64")) ?? [0];
  const axis = scale.length === 1 ? null : table.scalar(fields.dimension, "int32", 0);
  const channels = axis === null ? 1 : shape[axis];
  if (channels !== scale.length || (zeroPoint.length !== scale.length && zeroPoint.length !== 1)) {
    return `It has ${scale.length} scales and ${zeroPoint.length} zero points along axis ${axis ?? 0} of the shape [${shape.join(", ")}].`;
  }
  return { scale: Float32Array.from(scale), zeroPoint, axis };
}

/** Where a buffer's bytes lie: in the flatbuffer, or behind it, where models above 2 GB keep them. */
export async function locateBuffer(
  file: Flatbuffer,
  buffers: readonly number[],
  index: number,
): Promise<{ readonly start: number; readonly length: number }> {
  const at = buffers[index];
  if (at === undefined) {
    throw new ReadError("malformed", `A tensor names buffer ${index}, but the model has ${buffers.length}.`);
  }
  const table = await file.table(at);
  const offset = table.scalar(FIELDS.buffer.offset, "uint64", 0);
  if (offset > 1) return { start: offset, length: table.scalar(FIELDS.buffer.size, "uint64", 0) };
  return (await file.vector(table, FIELDS.buffer.data, 1)) ?? { start: 0, length: 0 };
}

async function readValues(
  info: Pick<TensorInfo, "dtype" | "shape" | "buffer">,
  name: string,
  sparsity: Sparsity | null,
  { source, buffers }: TensorPlace,
  context: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const { dtype, shape } = info;
  if (!isDType(dtype)) throw new ReadError("unsupported", `It is stored as ${dtype}.`);
  const file = createFlatbuffer(source, context.budget, "The model", context.signal);
  const { start, length } = await locateBuffer(file, buffers, info.buffer);
  const wanted = byteLengthOf(dtype, countOf(shape));
  if (sparsity === null && length !== wanted) {
    throw new ReadError(
      "malformed",
      `The tensor ${JSON.stringify(name)} of shape [${shape.join(", ")}] should have ${wanted} bytes of ${dtype}, but its buffer has ${length}.`,
    );
  }
  if (!(start + length <= source.size)) {
    throw new ReadError(
      "truncated",
      `The tensor ${JSON.stringify(name)} should lie at bytes ${start} to ${start + length}, but the file has ${source.size} bytes.`,
    );
  }
  const bytes = await readPieces(source, start, length, context);
  const size = Math.max(1, DTYPES[dtype].bits / 8);
  if (sparsity !== null) return densify(bytes, size, shape, sparsity, context.budget);
  return aligned(bytes, size);
}
