import { encode, message, type ProtoMessage, type ProtoValue, packed } from "./protobuf.ts";
import { concat, little, utf8, type Weight } from "./weight.ts";

/** MIL's numbers of types, in programs and in weight files. */
const TYPES: Readonly<Record<string, readonly [program: number, file: number]>> = {
  float16: [10, 1],
  float32: [11, 2],
  bfloat16: [13, 5],
  int8: [21, 4],
  uint8: [31, 3],
  int32: [23, 14],
};

/** What a weight file may say otherwise of a constant. */
export interface BlobLies {
  readonly sentinel?: number;
  readonly size?: number;
  readonly start?: number;
  readonly offset?: number;
  readonly file?: string;
}

/** A weight file of constants, and where the metadata of each stands. */
export function weightFile(
  weights: readonly Weight[],
  lies: BlobLies = {},
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly offsets: readonly number[] } {
  const parts: Uint8Array[] = [concat([little(weights.length, 4), little(2, 4), new Uint8Array(56)])];
  const offsets: number[] = [];
  let at = 64;
  for (const { dtype, bytes } of weights) {
    offsets.push(at);
    const padded = Math.ceil(bytes.length / 64) * 64;
    parts.push(
      little(lies.sentinel ?? 0xdeadbeef, 4),
      little(TYPES[dtype]![1], 4),
      little(lies.size ?? bytes.length, 8),
      little(lies.start ?? at + 64, 8),
      new Uint8Array(40),
      bytes,
      new Uint8Array(padded - bytes.length),
    );
    at += 64 + padded;
  }
  return { bytes: concat(parts), offsets };
}

function tensorType(dtype: string, shape: readonly number[]): ProtoMessage {
  const dims = shape.map((extent) => [3, message([1, message([1, extent])])] as const);
  return message([1, message([1, TYPES[dtype]![0]], [2, shape.length], ...dims)]);
}

/** A Value that stands in the weight file. */
export function blobValue({ dtype, shape }: Weight, offset: number, lies: BlobLies = {}): ProtoMessage {
  const place = message([1, lies.file ?? "@model_path/weights/weight.bin"], [2, lies.offset ?? offset]);
  return message([2, tensorType(dtype, shape)], [5, place]);
}

/** A Value of int32s, or of text. */
export function immediate(value: readonly number[] | string): ProtoMessage {
  const isText = typeof value === "string";
  const values = isText ? message([4, message([1, value])]) : message([2, message([1, packed(value)])]);
  const type = isText ? message([1, message([1, 2])]) : tensorType("int32", [value.length]);
  return message([2, type], [3, message([1, values])]);
}

const entry = (number: number, key: string, value: ProtoValue): readonly [number, ProtoValue] => [
  number,
  message([1, key], [2, value]),
];
const named = (name: string): ProtoMessage => message([1, message([1, name])]);
const given = (value: ProtoMessage): ProtoMessage => message([1, message([2, value])]);

/** A const operation called `name`. */
export function constOp(name: string, value: ProtoMessage): ProtoMessage {
  return message(
    [1, "const"],
    [3, message([1, name])],
    entry(5, "name", immediate(name)),
    entry(5, "val", value),
  );
}

/** A convolution called `name` of the constant `weight`. */
export function convOp(
  name: string,
  weight: string,
  numbers: Readonly<Record<string, readonly number[]>>,
  isUp: boolean,
): ProtoMessage {
  return message(
    [1, isUp ? "conv_transpose" : "conv"],
    entry(2, "x", named("x")),
    entry(2, "weight", named(weight)),
    ...Object.entries(numbers).map(([key, list]) => entry(2, key, given(immediate(list)))),
    entry(2, "pad_type", given(immediate("valid"))),
    [3, message([1, `${name}.y`])],
    entry(5, "name", immediate(name)),
  );
}

/** A Model that is a program of operations. */
export function programModel(operations: readonly ProtoMessage[]): ProtoMessage {
  const block = message(...operations.map((op) => [3, op] as const));
  const main = message([2, "CoreML5"], entry(3, "CoreML5", block));
  const feature = (name: string): ProtoMessage => message([1, name], [3, message([5, message([2, 65568])])]);
  return message(
    [1, 6],
    [2, message([1, feature("x")], [10, feature("y")])],
    [502, message([1, 1], entry(2, "main", main))],
  );
}

/** The files of an `.mlpackage`, by path. */
export function mlpackage(
  model: ProtoMessage,
  weights: Uint8Array<ArrayBuffer>,
  path = "com.apple.CoreML/model.mlmodel",
): Map<string, Uint8Array<ArrayBuffer>> {
  const items = { "1": { author: "com.apple.CoreML", name: "model.mlmodel", path } };
  const manifest = { fileFormatVersion: "1.0.0", itemInfoEntries: items, rootModelIdentifier: "1" };
  return new Map([
    ["Manifest.json", utf8(JSON.stringify(manifest))],
    ["Data/com.apple.CoreML/model.mlmodel", encode(model)],
    ["Data/com.apple.CoreML/weights/weight.bin", weights],
  ]);
}
