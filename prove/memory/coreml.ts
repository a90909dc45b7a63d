import { networkModel } from "../writers/coreml.ts";
import type { Piece } from "../writers/hdf5.ts";
import { encode, head, message, packed } from "../writers/protobuf.ts";
import { concat } from "../writers/weight.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";

/** Convolutions of half a gigabyte that fill the file, then a smaller one; none has values, only a head and a hole. */
export function largeCoreml(size: LargeSize): LargeModel {
  const part = 2 ** 29;
  const layers: { readonly bytes: Uint8Array; readonly length: number }[] = [];
  const layer = (name: string, shape: readonly number[], length: number): void => {
    const front = encode(
      message([1, shape[0]!], [2, shape[1]!], [20, packed(shape.slice(2))], [50, message()]),
    );
    const values = head(1, length);
    const weights = concat([head(90, values.length + length), values]);
    const inner = concat([head(100, front.length + weights.length + length), front, weights]);
    const all = concat([encode(message([1, name], [2, "x"], [3, name])), inner]);
    layers.push({ bytes: concat([head(1, all.length + length), all]), length });
  };
  for (let left = size.rest; left > 0; left -= part) {
    const length = Math.min(part, left);
    layer(`wide${layers.length}`, [length / 4096, 1024, 1, 1], length);
  }
  layer("conv", size.kernel.toReversed(), kernelBytes(size));
  const network = layers.reduce((sum, { bytes, length }) => sum + bytes.length + length, 0);
  const empty = encode(networkModel([]));
  // The empty network at the end of an empty model takes three bytes: a tag of two and a length.
  const front = concat([empty.subarray(0, empty.length - 3), head(500, network)]);
  const pieces: Piece[] = [{ offset: 0, bytes: front }];
  let at = front.length;
  for (const { bytes, length } of layers) {
    pieces.push({ offset: at, bytes });
    at += bytes.length + length;
  }
  return oneFile("large.mlmodel", { size: at, pieces });
}
