import { concat, little, utf8 } from "./weight.ts";

/**
 * The messages of HDF5's object headers, by the HDF5 File Format Specification 3.0, chapter IV. Only what model
 * files need, and what hostile ones abuse.
 */
export interface Message {
  readonly type: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** An element type: the body of a datatype message, and the bytes of one value. */
export interface H5Type {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

const UNDEFINED = 0xffffffffffffffffn;

function typeOf(kind: number, bits: number, size: number, ...properties: readonly Uint8Array[]): H5Type {
  return {
    body: concat([Uint8Array.of(0x10 | kind), little(bits, 3), little(size, 4), ...properties]),
    size,
  };
}

/** A two's complement or unsigned integer. */
export function intType(size: number, signed: boolean, bigEndian = false): H5Type {
  const bits = (bigEndian ? 1 : 0) | (signed ? 8 : 0);
  return typeOf(0, bits, size, little(0, 2), little(size * 8, 2));
}

/** A float with sign, exponent and mantissa from the top down, as IEEE and bfloat16 have them. */
export function floatType(
  size: number,
  exponentBits: number,
  bigEndian = false,
  bias = 2 ** (exponentBits - 1) - 1,
): H5Type {
  const mantissa = size * 8 - 1 - exponentBits;
  const bits = (bigEndian ? 1 : 0) | 0x20 | ((size * 8 - 1) << 8);
  const fields = Uint8Array.of(mantissa, exponentBits, 0, mantissa);
  return typeOf(1, bits, size, little(0, 2), little(size * 8, 2), fields, little(bias, 4));
}

/** Bytes without a meaning of their own, as h5py stores ml_dtypes. */
export function opaqueType(size: number, tag = ""): H5Type {
  const padded = new Uint8Array(Math.ceil((tag.length + 1) / 8) * 8);
  padded.set(utf8(tag));
  return typeOf(5, padded.length, size, padded);
}

/** A string of `size` bytes, padded with NULs. */
export function stringType(size: number): H5Type {
  return typeOf(3, 0x11, size);
}

/** A string of any length, kept in a global heap. */
export function vlenStringType(): H5Type {
  return typeOf(9, 0x101, 16, stringType(1).body);
}

/** A sequence of any length, kept in a global heap. */
export function vlenType(base: H5Type): H5Type {
  return typeOf(9, 0, 16, base.body);
}

/** h5py's booleans: an 8-bit enumeration of FALSE and TRUE. */
export function booleanType(): H5Type {
  const names = concat([utf8("FALSE\0\0\0"), utf8("TRUE\0\0\0\0")]);
  return typeOf(8, 2, 1, intType(1, true).body, names, Uint8Array.of(0, 1));
}

/** h5py's complex numbers: a compound of two floats `r` and `i`. */
export function complexType(size: number): H5Type {
  const half = floatType(size / 2, size === 8 ? 8 : 11);
  const member = (name: string, at: number): Uint8Array =>
    concat([utf8(`${name}\0\0\0\0\0\0\0`), little(at, 4), little(0, 1 + 3 + 4 + 4 + 16), half.body]);
  return typeOf(6, 2, size, member("r", 0), member("i", size / 2));
}

/** The shape; null for a scalar. */
export function dataspace(shape: readonly (number | bigint)[] | null): Message {
  const extents = shape ?? [];
  const head = Uint8Array.of(2, extents.length, 0, shape === null ? 0 : 1);
  return { type: 0x01, body: concat([head, ...extents.map((extent) => little(extent, 8))]) };
}

export function datatype(type: H5Type): Message {
  return { type: 0x03, body: type.body };
}

/** Values in one run at `address`; null when nothing was written. */
export function contiguousLayout(address: number | bigint | null, size: number | bigint): Message {
  return {
    type: 0x08,
    body: concat([Uint8Array.of(3, 1), little(address ?? UNDEFINED, 8), little(size, 8)]),
  };
}

/** Values inside the header. */
export function compactLayout(bytes: Uint8Array): Message {
  return { type: 0x08, body: concat([Uint8Array.of(3, 0), little(bytes.length, 2), bytes]) };
}

/** Values in chunks, none of which was ever written. */
export function chunkedLayout(chunks: readonly number[], size: number): Message {
  const extents = [...chunks, size].map((extent) => little(extent, 4));
  return {
    type: 0x08,
    body: concat([Uint8Array.of(3, 2, chunks.length + 1), little(UNDEFINED, 8), ...extents]),
  };
}

/** Chunks are deflated at level 4. */
export function deflateFilter(): Message {
  const filter = [little(1, 2), little(0, 2), little(1, 2), little(1, 2), little(4, 4), little(0, 4)];
  return { type: 0x0b, body: concat([Uint8Array.of(1, 1), little(0, 6), ...filter]) };
}

/** Values mapped from other datasets, listed in object `index` of the global heap at `heap`. */
export function virtualLayout(heap: number, index: number): Message {
  return { type: 0x08, body: concat([Uint8Array.of(4, 3), little(heap, 8), little(index, 4)]) };
}

/** Values in other files of the host, whose names lie in the local heap at `heap`. */
export function externalFiles(heap: number, size: number): Message {
  const slot = concat([little(1, 8), little(0, 8), little(size, 8)]);
  return {
    type: 0x07,
    body: concat([Uint8Array.of(1, 0, 0, 0), little(1, 2), little(1, 2), little(heap, 8), slot]),
  };
}

/** No fill value of its own. */
export function fillValue(): Message {
  return { type: 0x05, body: Uint8Array.of(3, 0x0a) };
}

/** What makes a header a group whose links are messages. */
export function groupMessages(): readonly Message[] {
  const info = concat([Uint8Array.of(0, 0), little(UNDEFINED, 8), little(UNDEFINED, 8)]);
  return [
    { type: 0x02, body: info },
    { type: 0x0a, body: Uint8Array.of(0, 0) },
  ];
}

/** A name for the object at `address`, for another path of this file, or for an object of another file. */
export function link(
  name: string,
  target: number | { soft: string } | { file: string; path: string },
): Message {
  const text = utf8(name);
  const head = (kind: number): Uint8Array =>
    concat([Uint8Array.of(1, 0x1a, kind, 1), little(text.length, 4), text]);
  const body =
    typeof target === "number"
      ? concat([head(0), little(target, 8)])
      : "soft" in target
        ? concat([head(1), little(utf8(target.soft).length, 2), utf8(target.soft)])
        : externalLink(head(64), target);
  return { type: 0x06, body };
}

function externalLink(
  head: Uint8Array,
  { file, path }: { file: string; path: string },
): Uint8Array<ArrayBuffer> {
  const value = concat([Uint8Array.of(0), utf8(`${file}\0${path}\0`)]);
  return concat([head, little(value.length, 2), value]);
}

/** An attribute and its value. */
export function attribute(
  name: string,
  type: H5Type,
  shape: readonly number[] | null,
  value: Uint8Array,
): Message {
  const space = dataspace(shape).body;
  const text = utf8(`${name}\0`);
  const sizes = [text, type.body, space].map(({ length }) => little(length, 2));
  return {
    type: 0x0c,
    body: concat([Uint8Array.of(3, 0), ...sizes, Uint8Array.of(1), text, type.body, space, value]),
  };
}

/** A version 1 object header, which has no checksum: a changed byte is met by the reader, not by a checksum. */
export function objectHeader(messages: readonly Message[]): Uint8Array<ArrayBuffer> {
  const parts = messages.map(({ type, body }) => {
    const padded = new Uint8Array(Math.ceil(body.length / 8) * 8);
    padded.set(body);
    if (padded.length > 0xffff)
      throw new RangeError(`An HDF5 message of ${padded.length} bytes cannot be written.`);
    return concat([little(type, 2), little(padded.length, 2), little(0, 4), padded]);
  });
  const all = concat(parts);
  return concat([
    Uint8Array.of(1, 0),
    little(messages.length, 2),
    little(1, 4),
    little(all.length, 4),
    little(0, 4),
    all,
  ]);
}
