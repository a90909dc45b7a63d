import type { Piece } from "../writers/hdf5.ts";
import { msgpack } from "../writers/msgpack.ts";
import { bigEndian, concat, little } from "../writers/weight.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";

/** Bytes of the largest array here: MessagePack cannot state more than 2^32 - 1. */
const PART = 2 ** 30;

/** Dense arrays that fill the file, then the kernel; none has values, only a head and a hole. */
export function largeFlax(size: LargeSize): LargeModel {
  const parts: [key: string, shape: readonly number[], length: number][] = [];
  for (let left = size.rest; left > 0; left -= PART) {
    const length = Math.min(PART, left);
    parts.push([`Dense_${parts.length}`, [length / 4], length]);
  }
  parts.push(["Conv_0", size.kernel, kernelBytes(size)]);
  const pieces: Piece[] = [{ offset: 0, bytes: concat([Uint8Array.of(0xde), big(parts.length, 2)]) }];
  let at = 3;
  for (const [key, shape, length] of parts) {
    const inner = concat([
      Uint8Array.of(0x93),
      msgpack({ list: shape }),
      msgpack("float32"),
      Uint8Array.of(0xc6),
      big(length, 4),
    ]);
    const head = concat([Uint8Array.of(0xc9), big(inner.length + length, 4), Uint8Array.of(1)]);
    const bytes = concat([msgpack(key), Uint8Array.of(0x81), msgpack("kernel"), head, inner]);
    pieces.push({ offset: at, bytes });
    at += bytes.length + length;
  }
  return oneFile("large.msgpack", { size: at, pieces });
}

function big(value: number, size: number): Uint8Array {
  return bigEndian(little(value, size), size);
}
