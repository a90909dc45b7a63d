import type { Budget } from "../../budget.ts";
import type { ProtoReader, SourceField } from "../../codec/proto-reader.ts";
import { ReadError } from "../../errors.ts";
import { VALUES_FIELDS, type ValuesField } from "./data-types.ts";
import type { OnnxSparseTensor, OnnxTensor, Place, TensorData } from "./messages.ts";

/** Payloads up to so many bytes are kept: scales, shapes, axes. */
const SMALL_MOST = 1024;
/** Tensors up to so many bytes are read whole. */
const WHOLE_MOST = 512;
/** Axes of a tensor: real ones have up to eight. */
const AXES_MOST = 64;

/**
 * Reads a TensorProto without its values: dims=1, data_type=2, segment=3, float_data=4, int32_data=5, int64_data=7,
 * name=8, raw_data=9, double_data=10, uint64_data=11, external_data=13, data_location=14.
 */
export async function readTensor(
  reader: ProtoReader,
  budget: Budget,
  message: SourceField,
): Promise<OnnxTensor> {
  // By the memory that it takes, in units of some sixty bytes.
  budget.count(15, "tensors");
  const dims: number[] = [];
  let name = "";
  let type = 0;
  let isExternal = false;
  let isSegment = false;
  const external = new Map<string, string>();
  const raw: SourceField[] = [];
  const typed = new Map<ValuesField, SourceField[]>();
  for await (const field of reader.each(message, "an ONNX tensor", WHOLE_MOST)) {
    if (field.number === 1) await reader.varints(dims, field);
    else if (field.number === 2 && field.wire === 0) type = field.value;
    else if (field.number === 3) isSegment = true;
    else if (field.number === 8) name = await reader.text(field);
    else if (field.number === 9) {
      if (raw.length < 2) raw.push(field);
    } else if (field.number === 13) await readEntry(reader, field, external);
    else if (field.number === 14 && field.wire === 0) isExternal = field.value === 1;
    const values = VALUES_FIELDS.get(field.number);
    if (values === undefined || (field.wire === 2 && field.start === field.end)) continue;
    const pieces = typed.get(values) ?? [];
    // Beyond two it only matters that there are several.
    if (pieces.length < 2) pieces.push(field);
    typed.set(values, pieces);
  }
  if (dims.length > AXES_MOST || !dims.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw new ReadError(
      "malformed",
      `The ONNX tensor ${JSON.stringify(name)} has the shape [${dims.slice(0, 8).join(", ")}], which cannot be.`,
      { offset: message.start },
    );
  }
  const data = isSegment
    ? unreadable("It is stored in segments, which nobody writes and Kernelscope does not read.")
    : placeOf({ start: message.start, end: message.end }, raw, typed, isExternal ? external : null);
  return {
    name,
    type,
    dims,
    data,
    small: await keepSmall(reader, data, [...raw, ...[...typed.values()].flat()]),
  };
}

/** Reads a SparseTensorProto: values=1, indices=2, dims=3. */
export async function readSparseTensor(
  reader: ProtoReader,
  budget: Budget,
  message: SourceField,
): Promise<OnnxSparseTensor | null> {
  let values: OnnxTensor | null = null;
  let indices: OnnxTensor | null = null;
  const dims: number[] = [];
  for (const field of await reader.fields(message, "a sparse ONNX tensor", WHOLE_MOST)) {
    if (field.number === 1 && field.wire === 2) values = await readTensor(reader, budget, field);
    else if (field.number === 2 && field.wire === 2) indices = await readTensor(reader, budget, field);
    else if (field.number === 3) await reader.varints(dims, field);
  }
  if (values === null || indices === null) return null;
  if (dims.length > AXES_MOST || !dims.every((extent) => Number.isSafeInteger(extent) && extent >= 0))
    throw new ReadError("malformed", `A sparse ONNX tensor has the shape [${dims.slice(0, 8).join(", ")}].`);
  return { values, indices, dims };
}

async function readEntry(
  reader: ProtoReader,
  message: SourceField,
  entries: Map<string, string>,
): Promise<void> {
  let key = "";
  let value = "";
  for (const field of await reader.fields(message, "an entry of external data")) {
    if (field.number === 1) key = await reader.text(field);
    else if (field.number === 2) value = await reader.text(field);
  }
  entries.set(key, value);
}

function placeOf(
  message: Place,
  raw: readonly SourceField[],
  typed: ReadonlyMap<ValuesField, readonly SourceField[]>,
  external: ReadonlyMap<string, string> | null,
): TensorData {
  if (external !== null) return externalData(external);
  const kinds = (raw.length > 0 ? 1 : 0) + typed.size;
  if (kinds === 0) return { kind: "none" };
  if (kinds > 1 || raw.length > 1)
    return unreadable("It holds its values more than once, as raw bytes or in typed fields.");
  const [first] = raw;
  if (first !== undefined) {
    if (first.wire !== 2) return unreadable("Its raw bytes have the wire type of a number.");
    return { kind: "raw", place: { start: first.start, end: first.end } };
  }
  const [field, pieces] = [...typed][0]!;
  const [piece] = pieces;
  if (pieces.length === 1 && piece!.wire === 2)
    return { kind: "packed", field, place: { start: piece!.start, end: piece!.end } };
  return { kind: "scattered", field, place: message };
}

function externalData(entries: ReadonlyMap<string, string>): TensorData {
  const location = entries.get("location");
  if (location === undefined) return unreadable("Its values are in another file that it does not name.");
  const number = (key: string): number | null => {
    const text = entries.get(key);
    if (text === undefined) return null;
    return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  };
  const offset = number("offset") ?? 0;
  const length = number("length");
  if (!Number.isSafeInteger(offset) || (length !== null && !Number.isSafeInteger(length)))
    return unreadable("Where its values lie in another file is not told by whole numbers.");
  return { kind: "external", location, offset, length };
}

async function keepSmall(
  reader: ProtoReader,
  data: TensorData,
  fields: readonly SourceField[],
): Promise<Uint8Array<ArrayBuffer> | null> {
  const [field] = fields;
  if ((data.kind !== "raw" && data.kind !== "packed") || field === undefined) return null;
  return field.end - field.start <= SMALL_MOST ? new Uint8Array(await reader.bytes(field)) : null;
}

function unreadable(why: string): TensorData {
  return { kind: "unreadable", why };
}
