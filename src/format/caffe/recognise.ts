import { type ProtoField, readFieldHeader } from "../../codec/protobuf.ts";
import { isReadError } from "../../errors.ts";
import type { Probe } from "../format.ts";

/** Wire types of NetParameter's fields by number (caffe.proto); `4` may be packed. */
const NET: Readonly<Record<number, readonly number[]>> = {
  1: [2],
  2: [2],
  3: [2],
  4: [0, 2],
  5: [0],
  6: [2],
  7: [0],
  8: [2],
  100: [2],
};

/**
 * Whether a file begins like a Caffe NetParameter: the net's own fields up to a first layer with a name and a type,
 * in one of the three forms that layers have had.
 */
export function looksLikeCaffe({ head }: Probe): boolean {
  for (const field of fieldsIn(head, 0, Number.MAX_SAFE_INTEGER)) {
    if (field === null || NET[field.number]?.includes(field.wire) !== true) return false;
    if (field.number === 1 && !isText(head, field)) return false;
    // Nobody else counts to 100: what the layer is called does not matter.
    if (field.number === 100) return hasBytes(head, field, 1) && hasBytes(head, field, 2);
    if (field.number === 2) return isOldLayer(head, field);
  }
  return false;
}

/** V1LayerParameter: name=4 and type=5; before it all stood in layer=1, with name=1 and type=2. */
function isOldLayer(head: Uint8Array, layer: ProtoField): boolean {
  let named = false;
  for (const field of fieldsIn(head, layer.start, layer.end)) {
    if (field === null) return false;
    if (field.number === 1 && field.wire === 2) return hasText(head, field, 1) && hasText(head, field, 2);
    if (field.number === 4) named = isText(head, field);
    if (field.number === 5) return field.wire === 0 && (named || field.value < 64);
    if (field.wire !== 2 || field.number > 5) return false;
    if (!isText(head, field)) return false;
  }
  return named;
}

/** Whether a message has a field of text or bytes, among those that are at hand. */
function hasBytes(head: Uint8Array, message: ProtoField, number: number): boolean {
  for (const field of fieldsIn(head, message.start, message.end)) {
    if (field === null) return message.end > head.length;
    if (field.number === number) return field.wire === 2;
  }
  // Its other fields are beyond what is at hand.
  return message.end > head.length;
}

/** Whether a message has text in a field, among those that are at hand. */
function hasText(head: Uint8Array, message: ProtoField, number: number): boolean {
  for (const field of fieldsIn(head, message.start, message.end)) {
    if (field === null) return false;
    if (field.number === number) return isText(head, field);
  }
  return false;
}

/** Fields of the message from `start` to `end` as far as `head` reaches; null where there is none. */
function* fieldsIn(head: Uint8Array, start: number, end: number): Generator<ProtoField | null> {
  for (let at = start; at < Math.min(end, head.length); ) {
    const field = headerAt(head, at, end);
    yield field;
    if (field === null) return;
    at = field.end;
  }
}

function headerAt(head: Uint8Array, at: number, end: number): ProtoField | null {
  try {
    return readFieldHeader(head, at, 0, end, "the file");
  } catch (error) {
    if (isReadError(error)) return null;
    throw error;
  }
}

/** A name: no control characters in what is at hand of it. */
function isText(head: Uint8Array, { wire, start, end }: ProtoField): boolean {
  return wire === 2 && end - start < 4096 && head.subarray(start, end).every((byte) => byte >= 32);
}
