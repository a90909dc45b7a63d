import type { Piece } from "../writers/hdf5.ts";
import { graphProto, nodeProto } from "../writers/onnx.ts";
import { encode, head, message } from "../writers/protobuf.ts";
import { concat } from "../writers/weight.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";

/** Tensors of a gigabyte that fill the file, then the kernel; none has values, only a head and a hole. */
export function largeOnnx(size: LargeSize): LargeModel {
  const part = 2 ** 30;
  const parts: [name: string, shape: readonly number[], length: number][] = [];
  for (let left = size.rest; left > 0; left -= part) {
    const length = Math.min(part, left);
    parts.push([`dense${parts.length}`, [length / 4096, 1024], length]);
  }
  parts.push(["conv.weight", size.kernel.toReversed(), kernelBytes(size)]);
  const heads = parts.map(([name, shape, length]) => {
    const start = encode(message(...shape.map((extent) => [1, extent] as const), [2, 1], [8, name]));
    const inner = concat([start, head(9, length)]);
    return { bytes: concat([head(5, inner.length + length), inner]), length };
  });
  const nodes = encode(graphProto([nodeProto("Conv", ["x", "conv.weight"], ["y"], "conv")], []));
  const graph = nodes.length + heads.reduce((sum, one) => sum + one.bytes.length + one.length, 0);
  const front = concat([encode(message([1, 10], [2, "proof"])), head(7, graph), nodes]);
  const pieces: Piece[] = [{ offset: 0, bytes: front }];
  let at = front.length;
  for (const { bytes, length } of heads) {
    pieces.push({ offset: at, bytes });
    at += bytes.length + length;
  }
  return oneFile("large.onnx", { size: at, pieces });
}
