import { encode, message, type ProtoMessage, packed, varint } from "./protobuf.ts";
import { crc32cOf, masked, type TableEntries, type TableLayout, table } from "./table.ts";
import { bigEndian, concat, little, SIZES, utf8, type Weight } from "./weight.ts";

/** TensorFlow's numbers of dtypes. */
export const TF_TYPES: Readonly<Record<string, number>> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  complex128: 18,
  float16: 19,
  uint32: 22,
  uint64: 23,
  float8_e5m2: 24,
  float8_e4m3fn: 25,
  float8_e4m3fnuz: 26,
  float8_e5m2fnuz: 28,
};

/** A `TensorShapeProto`. */
export function shapeProto(shape: readonly (number | bigint)[]): ProtoMessage {
  return message(...shape.map((extent) => [2, message([1, extent])] as const));
}

/** How a checkpoint is written, and where it lies. */
export interface BundleLayout extends TableLayout {
  readonly shards?: number;
  readonly bigEndian?: boolean;
  /** What the header says instead. */
  readonly header?: ProtoMessage;
  /** A change to the entry of one weight. */
  readonly entry?: (name: string, entry: ProtoMessage) => ProtoMessage;
  /** More entries of the index. */
  readonly more?: TableEntries;
  /** The object graph of TensorFlow 2. */
  readonly objects?: ProtoMessage;
}

/** The fields of a `BundleEntryProto`. */
function entryProto(
  type: number,
  shape: readonly number[],
  place: readonly number[],
  crc: number,
): ProtoMessage {
  const [shard = 0, offset = 0, size = 0] = place;
  return message(
    [1, type],
    [2, shapeProto(shape)],
    [3, shard],
    [4, offset],
    [5, size],
    [6, { fixed: masked(crc) }],
  );
}

/** A checkpoint as files: `prefix.index` and its shards, weights one after the other over the shards. */
export function bundle(
  prefix: string,
  weights: readonly Weight[],
  layout: BundleLayout = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  const { shards = 1 } = layout;
  const data: Uint8Array[][] = Array.from({ length: shards }, () => []);
  const entries: [string, Uint8Array][] = [];
  const lengthOf = (shard: number): number => data[shard]!.reduce((sum, part) => sum + part.length, 0);
  const change = layout.entry ?? ((_name, entry) => entry);
  for (const [at, weight] of weights.entries()) {
    const shard = at % shards;
    const size = SIZES[weight.dtype]!;
    const word = weight.dtype.startsWith("complex") ? size / 2 : size;
    const bytes = layout.bigEndian === true ? bigEndian(weight.bytes, word) : weight.bytes;
    const place = [shard, lengthOf(shard), bytes.length];
    const entry = entryProto(TF_TYPES[weight.dtype]!, weight.shape, place, crc32cOf(bytes));
    entries.push([latin(weight.name), encode(change(weight.name, entry))]);
    data[shard]!.push(bytes);
  }
  if (layout.objects !== undefined) {
    const text = encode(layout.objects);
    const sum = crc32cOf(little(text.length, 4));
    const checksum = little(masked(sum), 4);
    const crc = crc32cOf(concat([checksum, text]), sum);
    const bytes = concat([varint(text.length), checksum, text]);
    const entry = entryProto(7, [], [0, lengthOf(0), bytes.length], crc);
    entries.push(["_CHECKPOINTABLE_OBJECT_GRAPH", encode(entry)]);
    data[0]!.push(bytes);
  }
  const header = layout.header ?? message([1, shards], [2, layout.bigEndian === true ? 1 : null]);
  const sorted = [...entries, ...(layout.more ?? [])].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const files = new Map([[`${prefix}.index`, table([["", encode(header)], ...sorted], layout)]]);
  const digits = (n: number): string => String(n).padStart(5, "0");
  for (const [at, parts] of data.entries())
    files.set(`${prefix}.data-${digits(at)}-of-${digits(shards)}`, concat(parts));
  return files;
}

/** UTF-8 bytes as one character each. */
function latin(text: string): string {
  return String.fromCharCode(...utf8(text));
}

/** A `TensorProto`: raw bytes, or the typed list that `fields` give. */
export function tensorProto(weight: Weight, typed = false): ProtoMessage {
  const head = [
    [1, TF_TYPES[weight.dtype]!],
    [2, shapeProto(weight.shape)],
  ] as const;
  return typed && weight.dtype === "float32"
    ? message(...head, [5, weight.bytes])
    : typed && (weight.dtype === "float16" || weight.dtype === "bfloat16")
      ? message(...head, [13, packed([...new Uint16Array(weight.bytes.slice().buffer)])])
      : message(...head, [4, weight.bytes]);
}

/** One entry of a map of attributes. */
export function attribute(name: string, value: ProtoMessage): readonly [5, ProtoMessage] {
  return [5, message([1, name], [2, value])];
}

/** A `NodeDef`. */
export function node(
  op: string,
  name: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, ProtoMessage>> = {},
): ProtoMessage {
  return message(
    [1, name],
    [2, op],
    ...inputs.map((input) => [3, input] as const),
    ...Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  );
}

/** Values of attributes. */
export const attr = {
  text: (text: string): ProtoMessage => message([2, text]),
  integers: (values: readonly number[]): ProtoMessage => message([1, message([3, packed(values)])]),
  type: (type: number): ProtoMessage => message([6, type]),
  shape: (shape: readonly number[]): ProtoMessage => message([7, shapeProto(shape)]),
  tensor: (tensor: ProtoMessage): ProtoMessage => message([8, tensor]),
  function: (name: string): ProtoMessage => message([10, message([1, name])]),
} as const;

/** A `Const` of a weight. */
export function constant(weight: Weight, typed = false): ProtoMessage {
  return node("Const", weight.name, [], {
    dtype: attr.type(TF_TYPES[weight.dtype]!),
    value: attr.tensor(tensorProto(weight, typed)),
  });
}

/** A constant of small integers. */
export function integers(name: string, values: readonly number[]): ProtoMessage {
  return constant({
    name,
    dtype: "int32",
    shape: [values.length],
    bytes: new Uint8Array(Int32Array.from(values).buffer),
  });
}
