import type { Budget } from "../budget.ts";
import { JSON_MAX_BYTES, parseJson } from "../codec/json.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";
import { byteLengthOf, countOf, type DType, isDType } from "../tensor/dtype.ts";
import { PROBE_HEAD } from "./format.ts";

/** The format's words for dtypes (huggingface/safetensors, safetensors/src/tensor.rs). */
const DTYPE_NAMES: Readonly<Record<string, DType>> = {
  BOOL: "bool",
  U8: "uint8",
  I8: "int8",
  F8_E4M3: "float8_e4m3fn",
  F8_E5M2: "float8_e5m2",
  F8_E4M3FNUZ: "float8_e4m3fnuz",
  F8_E5M2FNUZ: "float8_e5m2fnuz",
  U16: "uint16",
  I16: "int16",
  F16: "float16",
  BF16: "bfloat16",
  U32: "uint32",
  I32: "int32",
  F32: "float32",
  U64: "uint64",
  I64: "int64",
  F64: "float64",
  C64: "complex64",
};

/** Bits of dtypes that are listed but not read. */
const OTHER_BITS: Readonly<Record<string, number>> = { F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E8M0: 8 };

/** One tensor of a safetensors file. */
export interface SafetensorsEntry {
  readonly name: string;
  /** Our name for the dtype, or the file's own where there is none. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Byte offset in the file. */
  readonly offset: number;
  readonly length: number;
}

/** What the header of a safetensors file says. */
export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes. */
  readonly entries: readonly SafetensorsEntry[];
}

/**
 * Reads the header of a safetensors file: an 8-byte little-endian length, that much JSON, then the tensors'
 * bytes without holes or overlaps.
 *
 * @throws ReadError `truncated`, `malformed`, `ambiguous` (a key twice, overlapping tensors) or `limit`.
 */
export async function readSafetensorsHeader(
  source: Source,
  head: Uint8Array<ArrayBuffer> | null,
  budget: Budget,
  signal?: AbortSignal,
): Promise<SafetensorsHeader> {
  const start = head ?? (await source.read(0, Math.min(PROBE_HEAD, source.size), signal));
  const length = headerLength(start, source.size);
  const inHead = 8 + length <= start.length;
  const json = inHead ? start.subarray(8, 8 + length) : await source.read(8, length, signal);
  const root = parseJson(json, budget, "The safetensors header");
  if (!isObject(root)) throw malformed("The safetensors header should be a JSON object.");
  const entries: SafetensorsEntry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of Object.entries(root)) {
    budget.count(1, "tensors");
    if (name === "__metadata__") metadata = readMetadata(value);
    else entries.push(readEntry(name, value, 8 + length));
  }
  entries.sort((a, b) => a.offset - b.offset || a.length - b.length);
  assertContiguous(entries, 8 + length, source.size);
  return { metadata, entries };
}

function headerLength(head: Uint8Array, size: number): number {
  if (head.length < 8) {
    throw new ReadError(
      "truncated",
      `A safetensors file begins with the 8-byte length of its header; this one has ${size} bytes.`,
    );
  }
  const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
  if (length > size - 8) {
    throw new ReadError(
      "truncated",
      `The safetensors header should have ${length} bytes, but the file ends ${size - 8} bytes after its length.`,
    );
  }
  if (length > JSON_MAX_BYTES) {
    throw new ReadError(
      "limit",
      `The safetensors header has ${length} bytes; the limit is ${JSON_MAX_BYTES}.`,
    );
  }
  return length;
}

function readMetadata(value: unknown): Map<string, string> {
  if (!isObject(value)) throw malformed("The safetensors __metadata__ should be an object of strings.");
  const metadata = new Map<string, string>();
  // A million entries as pairs would be a million arrays.
  for (const key of Object.keys(value)) {
    const text = value[key];
    if (typeof text !== "string")
      throw malformed(`The safetensors __metadata__ holds ${JSON.stringify(key)}, which is not a string.`);
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(name: string, value: unknown, dataStart: number): SafetensorsEntry {
  const quoted = JSON.stringify(name);
  if (!isObject(value))
    throw malformed(`The safetensors header should describe ${quoted} by dtype, shape and data_offsets.`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw malformed(
      `The safetensors header should give ${quoted} a dtype, a shape of whole numbers and two data_offsets.`,
    );
  }
  const count = countOf(shape);
  const [begin, end] = offsets as [number, number];
  if (!Number.isSafeInteger(count) || end < begin) {
    throw malformed(
      `The tensor ${quoted} has shape [${shape.join(", ")}] at data offsets ${begin} to ${end}, which cannot be.`,
    );
  }
  const known = Object.hasOwn(DTYPE_NAMES, dtype) ? DTYPE_NAMES[dtype]! : dtype;
  const expected = isDType(known) ? byteLengthOf(known, count) : otherLength(dtype, count);
  if (expected !== null && expected !== end - begin) {
    throw malformed(
      `The tensor ${quoted} of ${dtype} [${shape.join(", ")}] needs ${expected} bytes, but its data offsets give ${end - begin}.`,
    );
  }
  return { name, dtype: known, shape, offset: dataStart + begin, length: end - begin };
}

function otherLength(dtype: string, count: number): number | null {
  return Object.hasOwn(OTHER_BITS, dtype) ? Math.ceil((count * OTHER_BITS[dtype]!) / 8) : null;
}

function assertContiguous(entries: readonly SafetensorsEntry[], dataStart: number, size: number): void {
  let end = dataStart;
  for (const entry of entries) {
    if (entry.offset < end) {
      throw new ReadError(
        "ambiguous",
        `The tensor ${JSON.stringify(entry.name)} overlaps the one before it at byte ${entry.offset}.`,
        {
          offset: entry.offset,
        },
      );
    }
    if (entry.offset > end) {
      throw malformed(
        `Bytes ${end} to ${entry.offset}, before the tensor ${JSON.stringify(entry.name)}, belong to no tensor.`,
      );
    }
    end = entry.offset + entry.length;
  }
  if (end > size) {
    throw new ReadError(
      "truncated",
      `The tensors should end at byte ${end}, but the file has ${size} bytes: ${end - size} are missing.`,
    );
  }
  if (end < size) throw malformed(`The tensors end at byte ${end}, but the file goes on to byte ${size}.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
