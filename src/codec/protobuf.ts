import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";

/** One field of a protobuf message, its payload not yet looked at. */
export interface ProtoField {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 length and bytes (strings, messages, packed numbers), 5 four bytes. */
  readonly wire: 0 | 1 | 2 | 5;
  /** Where the payload lies: offsets in the bytes or in the source. */
  readonly start: number;
  readonly end: number;
  /** The value of a varint as a signed 64-bit number (exact to 2^53); 0 for other wire types. */
  readonly value: number;
}

/** Bytes of the longest tag with the longest length: two varints of ten bytes. */
export const FIELD_HEADER_MOST = 20;

/**
 * The fields of the message that is all of `bytes`, in their order.
 *
 * @throws ReadError (from the generator) `malformed`, `truncated`, or what the budget says.
 */
export function* protoFields(bytes: Uint8Array, budget: Budget, what: string): Generator<ProtoField> {
  let counted = 0;
  for (let at = 0; at < bytes.length; ) {
    const field = readFieldHeader(bytes, at, 0, bytes.length, what);
    if (++counted % 1024 === 0) budget.count(1024, `fields in ${what}`);
    yield field;
    at = field.end;
  }
  budget.count(counted % 1024, `fields in ${what}`);
}

/**
 * The fields of the message at bytes `start` to `end` of `source`, reading only their headers: give a cached source,
 * and payloads are never touched. The source of a large weight file is walked in this way; a small message is read
 * whole and given to `protoFields`.
 */
export async function* protoFieldsOf(
  source: Source,
  range: { readonly start: number; readonly end: number },
  budget: Budget,
  what: string,
  signal?: AbortSignal,
): AsyncGenerator<ProtoField> {
  for (let at = range.start; at < range.end; ) {
    const header = await source.read(at, Math.min(FIELD_HEADER_MOST, range.end - at), signal);
    const field = readFieldHeader(header, 0, at, range.end, what);
    budget.count(1, `fields in ${what}`);
    yield field;
    at = field.end;
  }
}

/** Reads one field's tag and length at `bytes[at]`; `base` is added to offsets, which end at `end` at the latest. */
export function readFieldHeader(
  bytes: Uint8Array,
  at: number,
  base: number,
  end: number,
  what: string,
): ProtoField {
  const tag = readVarint(bytes, at, base, what);
  const number = Math.floor(tag.value / 8);
  const wire = tag.value & 7;
  const start = base + tag.next;
  if (!(number >= 1 && number < 2 ** 29) || (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)) {
    throw new ReadError(
      "malformed",
      `${what} should hold a protobuf field at byte ${base + at}, but does not.`,
      {
        offset: base + at,
      },
    );
  }
  if (wire === 0) {
    const { value, next } = readVarint(bytes, tag.next, base, what);
    return inside({ number, wire, start, end: base + next, value }, end, what);
  }
  if (wire !== 2)
    return inside({ number, wire, start, end: start + (wire === 1 ? 8 : 4), value: 0 }, end, what);
  const { value: length, next } = readVarint(bytes, tag.next, base, what);
  if (!(length >= 0)) {
    throw new ReadError("malformed", `A field of ${what} has the length ${length}.`, { offset: base + at });
  }
  return inside({ number, wire, start: base + next, end: base + next + length, value: 0 }, end, what);
}

function inside(field: ProtoField, end: number, what: string): ProtoField {
  if (field.end <= end) return field;
  throw new ReadError(
    "truncated",
    `Field ${field.number} of ${what} should end at byte ${field.end}, but ${what} ends at ${end}.`,
    { offset: field.start },
  );
}

/** A varint as a signed 64-bit number, and the index after it. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
  base = 0,
  what = "The file",
): { readonly value: number; readonly next: number } {
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) {
      throw new ReadError("truncated", `${what} ends inside a number at byte ${base + at}.`, {
        offset: base + at,
      });
    }
    // Seven bits a byte: the low word takes 28, shares the fifth byte and leaves the rest to the high word.
    if (i < 4) low |= (byte & 127) << (7 * i);
    else if (i === 4) {
      low |= (byte & 15) << 28;
      high = (byte & 127) >> 4;
    } else if (i < 9) high |= (byte & 127) << (7 * i - 32);
    else high |= (byte & 1) << 31;
    if (byte < 128) return { value: (high | 0) * 2 ** 32 + (low >>> 0), next: at + i + 1 };
  }
  throw new ReadError("malformed", `${what} holds a number longer than ten bytes at byte ${base + at}.`, {
    offset: base + at,
  });
}

/** The text of a field's payload in `bytes`; what is no UTF-8 is replaced, as names are only shown. */
export function protoText(bytes: Uint8Array, field: ProtoField): string {
  return new TextDecoder().decode(bytes.subarray(field.start, field.end));
}

/** The numbers of a packed or single varint field, appended to `values`. */
export function pushVarints(values: number[], bytes: Uint8Array, field: ProtoField, budget: Budget): void {
  if (field.wire === 0) {
    values.push(field.value);
    return;
  }
  if (field.wire !== 2) throw new ReadError("malformed", "A list of integers has another wire type.");
  budget.count(field.end - field.start, "integers");
  for (let at = field.start; at < field.end; ) {
    const { value, next } = readVarint(bytes, at);
    if (next > field.end) throw new ReadError("malformed", "A list of integers passes its end.");
    values.push(value);
    at = next;
  }
}
