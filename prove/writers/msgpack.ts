import { bigEndian, concat, little, utf8, type Weight } from "./weight.ts";

/** A value to be written, honestly or not: raw bytes are written as they are. */
export type Packed =
  | null
  | boolean
  | number
  | string
  | { readonly raw: Uint8Array }
  | { readonly bytes: Uint8Array }
  | { readonly extension: number; readonly payload: Uint8Array }
  | { readonly map: readonly (readonly [Packed, Packed])[]; readonly count?: number }
  | { readonly list: readonly Packed[]; readonly count?: number };

function big(value: number, size: number): Uint8Array {
  return bigEndian(little(value, size), size);
}

/** A length in the shortest of three forms. */
function sized(length: number, codes: readonly [number, number, number]): Uint8Array {
  if (length < 256) return concat([big(codes[0], 1), big(length, 1)]);
  return length < 65_536
    ? concat([big(codes[1], 1), big(length, 2)])
    : concat([big(codes[2], 1), big(length, 4)]);
}

function container(count: number, short: number, long: readonly [number, number]): Uint8Array {
  if (count < 16) return big(short + count, 1);
  return count < 65_536 ? concat([big(long[0], 1), big(count, 2)]) : concat([big(long[1], 1), big(count, 4)]);
}

/** The bytes of a value (MessagePack's specification of 2017-08-09). */
export function msgpack(value: Packed): Uint8Array<ArrayBuffer> {
  if (value === null) return Uint8Array.of(0xc0);
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xc3 : 0xc2);
  if (typeof value === "number") return concat([number(value)]);
  if (typeof value === "string") {
    const text = utf8(value);
    return concat([
      text.length < 32 ? big(0xa0 + text.length, 1) : sized(text.length, [0xd9, 0xda, 0xdb]),
      text,
    ]);
  }
  if ("raw" in value) return concat([value.raw]);
  if ("bytes" in value) return concat([sized(value.bytes.length, [0xc4, 0xc5, 0xc6]), value.bytes]);
  if ("extension" in value) {
    const { length } = value.payload;
    const fixed = [1, 2, 4, 8, 16].indexOf(length);
    const head = fixed >= 0 ? big(0xd4 + fixed, 1) : sized(length, [0xc7, 0xc8, 0xc9]);
    return concat([head, big(value.extension, 1), value.payload]);
  }
  if ("map" in value) {
    const head = container(value.count ?? value.map.length, 0x80, [0xde, 0xdf]);
    return concat([head, ...value.map.flatMap(([key, one]) => [msgpack(key), msgpack(one)])]);
  }
  return concat([
    container(value.count ?? value.list.length, 0x90, [0xdc, 0xdd]),
    ...value.list.map(msgpack),
  ]);
}

function number(value: number): Uint8Array {
  if (!Number.isInteger(value)) {
    const bytes = new Uint8Array(9);
    bytes[0] = 0xcb;
    new DataView(bytes.buffer).setFloat64(1, value);
    return bytes;
  }
  if (value >= 0 && value < 128) return big(value, 1);
  if (value < 0) return concat([big(0xd3, 1), bigEndian(little(value, 8), 8)]);
  if (value < 256) return concat([big(0xcc, 1), big(value, 1)]);
  if (value < 65_536) return concat([big(0xcd, 1), big(value, 2)]);
  return value < 2 ** 32 ? concat([big(0xce, 1), big(value, 4)]) : concat([big(0xcf, 1), big(value, 8)]);
}

/** What an array extension may say besides the truth. */
export interface ArrayLies {
  readonly shape?: readonly number[];
  readonly dtype?: string;
  readonly extension?: number;
}

/** An array as Flax packs it: extension 1 over [shape, dtype name, bytes]. */
export function flaxArray(weight: Weight, lies: ArrayLies = {}): Packed {
  const payload = msgpack({
    list: [{ list: lies.shape ?? weight.shape }, lies.dtype ?? weight.dtype, { bytes: weight.bytes }],
  });
  return { extension: lies.extension ?? 1, payload };
}

/** An array in pieces of at most so many values, as Flax cuts large ones. */
export function flaxChunks(weight: Weight, most: number, size: number): Packed {
  const count = weight.bytes.length / size;
  const pieces: [Packed, Packed][] = [];
  for (let at = 0; at < count; at += most) {
    const bytes = weight.bytes.slice(at * size, Math.min(count, at + most) * size);
    pieces.push([String(pieces.length), flaxArray({ ...weight, shape: [bytes.length / size], bytes })]);
  }
  return {
    map: [
      ["__msgpack_chunked_array__", true],
      ["shape", { map: weight.shape.map((extent, axis) => [String(axis), extent]) }],
      ["chunks", { map: pieces }],
    ],
  };
}

/** A tree of maps out of names with slashes, in their order; `pack` writes a leaf. */
export function flaxTree(weights: readonly Weight[], pack: (weight: Weight) => Packed = flaxArray): Packed {
  const entries: [string, Packed][] = [];
  const inner = new Map<string, Weight[]>();
  for (const weight of weights) {
    const cut = weight.name.indexOf("/");
    if (cut < 0) entries.push([weight.name, pack(weight)]);
    else {
      const key = weight.name.slice(0, cut);
      if (!inner.has(key)) inner.set(key, []);
      inner.get(key)!.push({ ...weight, name: weight.name.slice(cut + 1) });
    }
  }
  return {
    map: [...entries, ...[...inner].map(([key, own]): [string, Packed] => [key, flaxTree(own, pack)])],
  };
}
