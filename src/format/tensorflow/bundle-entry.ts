import type { Budget } from "../../budget.ts";
import { protoFields, readVarint } from "../../codec/protobuf.ts";
import { ReadError } from "../../errors.ts";
import { readFullShape } from "./shape-proto.ts";

/** One axis of a slice: a full one has start 0 and length -1. */
export interface SliceExtent {
  readonly start: number;
  readonly length: number;
}

/** What the index says of one tensor, or of one slice of a partitioned one (`BundleEntryProto`). */
export interface BundleEntry {
  /** The name in the checkpoint; empty for a slice. */
  readonly name: string;
  /** TensorFlow's number of the dtype. */
  readonly type: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  /** Masked CRC-32C of the stored bytes. */
  readonly crc32c: number;
  /** Slices that the tensor is kept in; empty when it is kept whole. */
  readonly slices: readonly (readonly SliceExtent[])[];
}

/** Reads one value of the index. */
export function readBundleEntry(name: string, bytes: Uint8Array, budget: Budget): BundleEntry {
  const what = `The entry of ${JSON.stringify(name.slice(0, 80))}`;
  let [type, shard, offset, size, crc32c] = [0, 0, 0, 0, 0];
  let shape: readonly number[] = [];
  const slices: (readonly SliceExtent[])[] = [];
  for (const { number, wire, start, end, value } of protoFields(bytes, budget, what)) {
    const part = bytes.subarray(start, end);
    if (wire === 0 && number === 1) type = value;
    else if (wire === 0 && number === 3) shard = value;
    else if (wire === 0 && number === 4) offset = value;
    else if (wire === 0 && number === 5) size = value;
    else if (wire === 5 && number === 6)
      crc32c = new DataView(part.buffer, part.byteOffset).getUint32(0, true);
    else if (wire === 2 && number === 2) shape = readFullShape(part, budget, what);
    else if (wire === 2 && number === 7) slices.push(readSlice(part, budget));
  }
  if (![shard, offset, size].every((number) => Number.isSafeInteger(number) && number >= 0)) {
    throw new ReadError(
      "malformed",
      `${what} should lie at a place, but has shard ${shard}, offset ${offset}, size ${size}.`,
    );
  }
  return { name, type, shape, shard, offset, size, crc32c, slices };
}

/** A `TensorSliceProto`. */
export function readSlice(bytes: Uint8Array, budget: Budget): readonly SliceExtent[] {
  const extents: SliceExtent[] = [];
  for (const { number, wire, start, end } of protoFields(bytes, budget, "A tensor slice")) {
    if (number !== 1 || wire !== 2) continue;
    let [from, length] = [0, -1];
    for (const field of protoFields(bytes.subarray(start, end), budget, "An axis of a tensor slice")) {
      if (field.wire !== 0) continue;
      if (field.number === 1) from = field.value;
      if (field.number === 2) length = field.value;
    }
    extents.push({ start: from, length });
  }
  return extents;
}

/** What the index says of the checkpoint as a whole (`BundleHeaderProto`). */
export interface BundleHeader {
  readonly shards: number;
  readonly bigEndian: boolean;
}

/** Reads the value of the empty key; null when it is another message, as in TensorFlow 1's older checkpoints. */
export function readBundleHeader(bytes: Uint8Array, budget: Budget): BundleHeader | null {
  let [shards, endianness] = [0, 0];
  for (const { number, wire, value } of protoFields(bytes, budget, "The checkpoint's header")) {
    if (number === 1 && wire !== 0) return null;
    if (number === 1) shards = value;
    if (number === 2 && wire === 0) endianness = value;
  }
  return { shards, bigEndian: endianness === 1 };
}

/**
 * The texts of a tensor of strings as a shard keeps them: lengths as varints, a checksum of the lengths, the bytes.
 * `bytes` are all of it. The checksum is the caller's.
 */
export function readStrings(
  bytes: Uint8Array,
  count: number,
  budget: Budget,
): { lengths: number[]; dataStart: number } {
  const lengths: number[] = [];
  let at = 0;
  budget.count(count, "texts of a checkpoint");
  for (let i = 0; i < count; i++) {
    const { value, next } = readVarint(bytes, at, 0, "A tensor of texts");
    lengths.push(value);
    at = next;
  }
  const dataStart = at + 4;
  const total = lengths.reduce((sum, length) => sum + length, dataStart);
  if (!lengths.every((length) => length >= 0) || total !== bytes.length) {
    throw new ReadError(
      "malformed",
      `A tensor of texts should have ${total} bytes, but has ${bytes.length}.`,
    );
  }
  return { lengths, dataStart };
}
