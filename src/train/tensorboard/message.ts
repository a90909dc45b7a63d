/** The value of one field of a protobuf message. */
export type FieldValue =
  | { readonly kind: "integer"; readonly value: number }
  | { readonly kind: "double"; readonly value: number }
  | { readonly kind: "bytes"; readonly value: Uint8Array | string };

/** A field by its number. */
export type Field = readonly [number: number, value: FieldValue];

/** An integer field of at least 0 (varint). */
export const integer = (value: number): FieldValue => ({ kind: "integer", value });
/** A double field. */
export const double = (value: number): FieldValue => ({ kind: "double", value });
/** A string, bytes or message field. */
export const bytes = (value: Uint8Array | string): FieldValue => ({ kind: "bytes", value });

/** A protobuf message of the given fields, in their order. */
export function encodeMessage(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for (const [number, field] of fields) {
    if (field.kind === "integer") pieces.push(varint(number << 3), varint(field.value));
    else if (field.kind === "double") {
      const content = new Uint8Array(8);
      new DataView(content.buffer).setFloat64(0, field.value, true);
      pieces.push(varint((number << 3) | 1), content);
    } else {
      const content = typeof field.value === "string" ? new TextEncoder().encode(field.value) : field.value;
      pieces.push(varint((number << 3) | 2), varint(content.length), content);
    }
  }
  return joined(pieces);
}

/** The pieces one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): Uint8Array {
  const groups: number[] = [];
  let rest = value;
  do {
    groups.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Uint8Array.from(groups);
}
