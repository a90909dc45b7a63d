import { concat, little, utf8 } from "./weight.ts";

/** What stands in a field: a varint, text, bytes, a float or a whole number of four bytes, or a message. */
export type ProtoValue =
  | number
  | bigint
  | string
  | Uint8Array
  | { readonly float: number }
  | { readonly fixed: number }
  | ProtoMessage;

/** A message: its fields in their order, any of them more than once. */
export interface ProtoMessage {
  readonly fields: readonly ProtoField[];
}

/** A field: its number and what stands in it. */
export type ProtoField = readonly [number: number, value: ProtoValue];

/** A message of these fields; those without a value are left out. */
export function message(
  ...fields: readonly (readonly [number, ProtoValue | null | undefined])[]
): ProtoMessage {
  return {
    fields: fields.filter((field): field is ProtoField => field[1] !== null && field[1] !== undefined),
  };
}

/** The bytes of a varint; negative numbers take ten. */
export function varint(value: number | bigint): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

/** Numbers as one packed field. */
export function packed(values: readonly (number | bigint)[]): Uint8Array<ArrayBuffer> {
  return concat(values.map(varint));
}

/** A field's tag and length, before so many bytes that stand somewhere else. */
export function head(number: number, length: number): Uint8Array<ArrayBuffer> {
  return concat([varint(number * 8 + 2), varint(length)]);
}

/** The bytes of a message (protobuf's encoding guide). */
export function encode({ fields }: ProtoMessage): Uint8Array<ArrayBuffer> {
  return concat(fields.map(([number, value]) => encodeField(number, value)));
}

function encodeField(number: number, value: ProtoValue): Uint8Array {
  if (typeof value === "number" || typeof value === "bigint")
    return concat([varint(number * 8), varint(value)]);
  if (typeof value === "object" && "float" in value) {
    const bits = new Uint32Array(Float32Array.of(value.float).buffer)[0]!;
    return concat([varint(number * 8 + 5), little(bits, 4)]);
  }
  if (typeof value === "object" && "fixed" in value) {
    return concat([varint(number * 8 + 5), little(value.fixed, 4)]);
  }
  const bytes = typeof value === "string" ? utf8(value) : value instanceof Uint8Array ? value : encode(value);
  return concat([head(number, bytes.length), bytes]);
}
