import { bigEndian, concat, little, SIZES, utf8, type Weight } from "./weight.ts";

/** ggml_type by dtype. */
const TYPES: Readonly<Record<string, number>> = {
  float32: 0,
  float16: 1,
  int8: 24,
  int16: 25,
  int32: 26,
  int64: 27,
  float64: 28,
  bfloat16: 30,
};

/** Dtypes that GGUF stores value by value. */
export const GGUF_DTYPES: readonly string[] = Object.keys(TYPES);

/** A pair of the metadata: key, type, and the bytes of the value. */
export type GgufPair = readonly [key: string, type: number, value: Uint8Array];

/** One entry of the directory, every field free to lie. */
export interface GgufEntry {
  readonly name: string;
  /** Innermost extent first. */
  readonly extents: readonly (number | bigint)[];
  readonly type: number;
  readonly offset: number | bigint;
}

/** A text: its length and its bytes. */
export function ggufText(value: string): Uint8Array<ArrayBuffer> {
  return concat([little(utf8(value).length, 8), utf8(value)]);
}

/** Everything that a file states; what is left out is told truthfully. */
export interface GgufParts {
  readonly version?: number;
  readonly tensorCount?: number | bigint;
  readonly pairCount?: number | bigint;
  readonly pairs: readonly GgufPair[];
  readonly entries: readonly GgufEntry[];
  readonly data: Uint8Array;
  readonly alignment?: number;
}

/** The file of these parts (little-endian). */
export function ggufOf(parts: GgufParts): Uint8Array<ArrayBuffer> {
  const { pairs, entries, data, alignment = 32 } = parts;
  const head = concat([
    utf8("GGUF"),
    little(parts.version ?? 3, 4),
    little(parts.tensorCount ?? entries.length, 8),
    little(parts.pairCount ?? pairs.length, 8),
    ...pairs.map(([key, type, value]) => concat([ggufText(key), little(type, 4), value])),
    ...entries.map(({ name, extents, type, offset }) =>
      concat([
        ggufText(name),
        little(extents.length, 4),
        ...extents.map((extent) => little(extent, 8)),
        little(type, 4),
        little(offset, 8),
      ]),
    ),
  ]);
  return concat([head, new Uint8Array((alignment - (head.length % alignment)) % alignment), data]);
}

/** Truthful parts of `weights`. */
export function ggufParts(weights: readonly Weight[], alignment = 32): GgufParts {
  const entries: GgufEntry[] = [];
  const data: Uint8Array[] = [];
  let at = 0;
  for (const { name, dtype, shape, bytes } of weights) {
    entries.push({ name, extents: [...shape].reverse(), type: TYPES[dtype]!, offset: at });
    const padded = Math.ceil(bytes.length / alignment) * alignment;
    data.push(bytes, new Uint8Array(padded - bytes.length));
    at += padded;
  }
  const pairs: GgufPair[] = [
    ["general.architecture", 8, ggufText("clip")],
    ["general.alignment", 4, little(alignment, 4)],
    ["tokens", 9, concat([little(8, 4), little(2, 8), ggufText("a"), ggufText("bc")])],
  ];
  return { pairs, entries, data: concat(data), alignment };
}

/** The same file with every number turned round. Offsets of names stay as they are: only numbers turn. */
export function bigEndianGguf(weights: readonly Weight[]): Uint8Array<ArrayBuffer> {
  const turned = (value: number | bigint, size: number): Uint8Array => bigEndian(little(value, size), size);
  const words = (value: string): Uint8Array => concat([turned(utf8(value).length, 8), utf8(value)]);
  let at = 0;
  const data: Uint8Array[] = [];
  const entries = weights.map(({ name, dtype, shape, bytes }) => {
    const offset = at;
    const padded = Math.ceil(bytes.length / 32) * 32;
    data.push(bigEndian(bytes, SIZES[dtype]!), new Uint8Array(padded - bytes.length));
    at += padded;
    return concat([
      words(name),
      turned(shape.length, 4),
      ...[...shape].reverse().map((extent) => turned(extent, 8)),
      turned(TYPES[dtype]!, 4),
      turned(offset, 8),
    ]);
  });
  const head = concat([utf8("GGUF"), turned(3, 4), turned(weights.length, 8), turned(0, 8), ...entries]);
  return concat([head, new Uint8Array((32 - (head.length % 32)) % 32), ...data]);
}
