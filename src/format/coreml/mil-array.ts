import type { SourceField } from "../../codec/proto-reader.ts";
import { ReadError } from "../../errors.ts";
import { decode, type Values } from "../../tensor/decode.ts";
import { byteLengthOf, countOf, isDType } from "../../tensor/dtype.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import { unpackBits } from "./computed-tensor.ts";
import { readTensorType } from "./mil-op.ts";
import type { CoremlState } from "./model-parts.ts";
import { readBlob } from "./weight-file.ts";

/** A constant of a program: its type, and how its values are read. */
export interface MilArray {
  /** Our name for its type; `uint1`, `uint2`, `uint3` and `uint6` stand for packed ones. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Its bytes as they are stored. */
  bytes(context: ReadContext): Promise<Uint8Array<ArrayBuffer>>;
}

/** MIL.proto's DataType, for what can be a weight or a part of one. */
const DTYPES: ReadonlyMap<number, string> = new Map([
  [1, "bool"],
  [10, "float16"],
  [11, "float32"],
  [12, "float64"],
  [13, "bfloat16"],
  [21, "int8"],
  [22, "int16"],
  [23, "int32"],
  [24, "int64"],
  [25, "int4"],
  [31, "uint8"],
  [32, "uint16"],
  [33, "uint32"],
  [34, "uint64"],
  [35, "uint4"],
  [36, "uint2"],
  [37, "uint1"],
  [38, "uint6"],
  [39, "uint3"],
  [40, "float8_e4m3fn"],
  [41, "float8_e5m2"],
]);

/** Immediate values up to so many bytes are kept: what is larger stands in a file. */
const IMMEDIATE_MOST = 1024 * 1024;

/** Bits of a packed type below a byte; 0 for others. */
export function packedBits(dtype: string): number {
  return /^uint[1236]$/.test(dtype) ? Number(dtype.slice(4)) : 0;
}

/** Bytes of all values. */
export function arrayLength({ dtype, shape }: Pick<MilArray, "dtype" | "shape">): number {
  const bits = packedBits(dtype);
  if (bits > 0) return Math.ceil((countOf(shape) * bits) / 8);
  return isDType(dtype) ? byteLengthOf(dtype, countOf(shape)) : Number.NaN;
}

/** The numbers of a constant. */
export async function arrayValues(array: MilArray, context: ReadContext): Promise<Values> {
  const { dtype, shape } = array;
  const count = countOf(shape);
  const release = context.budget.take(count * 8, "a constant");
  try {
    const bytes = await array.bytes(context);
    const bits = packedBits(dtype);
    if (bits > 0) return Float32Array.from(unpackBits(bytes, count, bits, "low"));
    if (!isDType(dtype)) throw new ReadError("unsupported", `Its values are of ${dtype}.`);
    return decode(bytes, dtype, count);
  } finally {
    release();
  }
}

/**
 * A Value (type=2, immediateValue=3, blobFileValue=5) as an array; null for what is no tensor of known extents.
 */
export async function readArray(state: CoremlState, value: SourceField): Promise<MilArray | null> {
  const { reader } = state;
  let type: Awaited<ReturnType<typeof readTensorType>> = null;
  let immediate: SourceField | null = null;
  let blob: SourceField | null = null;
  for (const field of await reader.fields(value, "a value")) {
    if (field.wire !== 2) continue;
    if (field.number === 2) type = await readTensorType(state, field);
    else if (field.number === 3) immediate = field;
    else if (field.number === 5) blob = field;
  }
  if (type === null) return null;
  const shape: number[] = [];
  for (const extent of type.shape) {
    if (extent === null || !Number.isSafeInteger(extent) || extent < 0) return null;
    shape.push(extent);
  }
  const dtype = DTYPES.get(type.type) ?? `type ${type.type}`;
  const plain = { dtype, shape };
  if (blob !== null) {
    let [file, offset] = ["", -1];
    for (const field of await reader.fields(blob, "a place in a file")) {
      if (field.number === 1 && field.wire === 2) file = await reader.text(field);
      else if (field.number === 2 && field.wire === 0) offset = field.value;
    }
    const length = arrayLength(plain);
    return { ...plain, bytes: (context) => readBlob(state.source, { file, offset, dtype, length }, context) };
  }
  if (immediate === null) return null;
  const bytes = await immediateBytes(state, immediate, plain);
  return { ...plain, bytes: async () => bytes.slice() };
}

/** ImmediateValue: tensor=1 with floats=1, ints=2, bools=3, longInts=5, doubles=6 or bytes=7, each of values=1. */
async function immediateBytes(
  { reader, budget }: CoremlState,
  message: SourceField,
  plain: Pick<MilArray, "dtype" | "shape">,
): Promise<Uint8Array<ArrayBuffer>> {
  const length = arrayLength(plain);
  if (message.end - message.start > IMMEDIATE_MOST || !(length <= IMMEDIATE_MOST * 8))
    throw new ReadError(
      "limit",
      `A program holds a constant of more than ${IMMEDIATE_MOST} bytes in itself.`,
    );
  const release = budget.take(length, "a constant");
  try {
    const out = new Uint8Array(length);
    const view = new DataView(out.buffer);
    let at = 0;
    const tensor = (await reader.fields(message, "a value")).find(
      ({ number, wire }) => number === 1 && wire === 2,
    );
    for (const kind of tensor === undefined ? [] : await reader.fields(tensor, "a value")) {
      if (kind.wire !== 2) continue;
      for (const values of await reader.fields(kind, "values")) {
        if (values.number !== 1) continue;
        if (kind.number === 2 || kind.number === 3 || kind.number === 5) {
          const list: number[] = [];
          await reader.varints(list, values);
          const size = kind.number === 3 ? 1 : kind.number === 5 ? 8 : 4;
          for (const number of list) {
            if (at + size > length) throw tooMany();
            if (size === 8) view.setBigInt64(at, BigInt(number), true);
            else if (size === 4) view.setInt32(at, number | 0, true);
            else out[at] = number === 0 ? 0 : 1;
            at += size;
          }
        } else {
          const bytes = await reader.bytes(values);
          if (at + bytes.length > length) throw tooMany();
          out.set(bytes, at);
          at += bytes.length;
        }
      }
    }
    if (at !== length)
      throw new ReadError(
        "malformed",
        `A constant of a program has ${at} of the ${length} bytes of its shape.`,
      );
    return out;
  } finally {
    release();
  }
}

function tooMany(): ReadError {
  return new ReadError("malformed", "A constant of a program has more values than its shape.");
}

/** The text of a Value that is a string; null for others. */
export async function readText({ reader }: CoremlState, value: SourceField): Promise<string | null> {
  let found: SourceField | null = value;
  // Value.immediateValue=3, ImmediateValue.tensor=1, TensorValue.strings=4, RepeatedStrings.values=1.
  for (const number of [3, 1, 4, 1]) {
    if (found === null) return null;
    const fields: readonly SourceField[] = await reader.fields(found, "a text");
    found = fields.find((field) => field.number === number && field.wire === 2) ?? null;
  }
  return found === null ? null : reader.text(found);
}
