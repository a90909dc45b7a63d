import type { Piece } from "../writers/hdf5.ts";
import { encode, head, message } from "../writers/protobuf.ts";
import { crc32cOf, masked, table } from "../writers/table.ts";
import { attr, node, shapeProto } from "../writers/tensorflow.ts";
import { concat, utf8 } from "../writers/weight.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";

/** A checkpoint, a frozen graph and a TensorFlow.js model whose dense weight fills the file, the kernel behind it. */
export function largeTensorFlow(size: LargeSize): readonly LargeModel[] {
  const bytes = kernelBytes(size);
  const dense = [size.rest / 4096, 1024];
  const entry = (shape: readonly number[], offset: number, length: number, crc: number): Uint8Array =>
    encode(message([1, 1], [2, shapeProto(shape)], [4, offset], [5, length], [6, { fixed: crc }]));
  const index = table([
    ["", encode(message([1, 1]))],
    ["conv/kernel", entry(size.kernel, size.rest, bytes, masked(crc32cOf(new Uint8Array(bytes))))],
    ["dense/kernel", entry(dense, 0, size.rest, 0)],
  ]);
  const groups = [
    {
      paths: ["large.bin"],
      weights: [
        { name: "dense/kernel", shape: dense, dtype: "float32" },
        { name: "conv/kernel", shape: size.kernel, dtype: "float32" },
      ],
    },
  ];
  return [
    {
      main: "large.index",
      files: new Map([
        ["large.index", { size: index.length, pieces: [{ offset: 0, bytes: index }] }],
        ["large.data-00000-of-00001", { size: size.rest + bytes, pieces: [] }],
      ]),
    },
    largeGraph(size),
    {
      main: "large-weights_manifest.json",
      files: new Map([
        ["large-weights_manifest.json", whole(utf8(JSON.stringify(groups)))],
        ["large.bin", { size: size.rest + bytes, pieces: [] }],
      ]),
    },
  ];
}

function whole(bytes: Uint8Array): { readonly size: number; readonly pieces: readonly Piece[] } {
  return { size: bytes.length, pieces: [{ offset: 0, bytes }] };
}

/** Constants of a gigabyte that fill the file, then the kernel; none has values, only a head and a hole. */
function largeGraph(size: LargeSize): LargeModel {
  const part = 2 ** 30;
  const parts: [name: string, shape: readonly number[], length: number][] = [];
  for (let left = size.rest; left > 0; left -= part) {
    const length = Math.min(part, left);
    parts.push([`dense${parts.length}`, [length / 4096, 1024], length]);
  }
  parts.push(["conv/kernel", size.kernel, kernelBytes(size)]);
  const pieces: Piece[] = [];
  let at = 0;
  const nest = (number: number, start: Uint8Array, inner: Uint8Array, length: number): Uint8Array =>
    concat([start, head(number, inner.length + length), inner]);
  for (const [name, shape, length] of parts) {
    const tensor = concat([encode(message([1, 1], [2, shapeProto(shape)])), head(4, length)]);
    const value = nest(8, new Uint8Array(), tensor, length);
    const mapped = nest(2, encode(message([1, "value"])), value, length);
    const own = nest(5, encode(message([1, name], [2, "Const"])), mapped, length);
    const front = nest(1, new Uint8Array(), own, length);
    pieces.push({ offset: at, bytes: front });
    at += front.length + length;
  }
  const attributes = { strides: attr.integers([1, 1, 1, 1]), padding: attr.text("SAME") };
  const conv = encode(message([1, node("Conv2D", "conv", ["x", "conv/kernel"], attributes)]));
  pieces.push({ offset: at, bytes: conv });
  return oneFile("large.pb", { size: at + conv.length, pieces });
}
