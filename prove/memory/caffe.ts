import type { Piece } from "../writers/hdf5.ts";
import { encode, head, message, packed } from "../writers/protobuf.ts";
import { concat } from "../writers/weight.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";

/** Layers of a gigabyte that fill the file, then the convolution; none has values, only a head and a hole. */
export function largeCaffe(size: LargeSize): LargeModel {
  const part = 2 ** 30;
  const pieces: Piece[] = [{ offset: 0, bytes: encode(message([1, "net"])) }];
  let at = pieces[0]!.bytes.length;
  const layer = (name: string, type: string, shape: readonly number[], length: number): void => {
    const parameters = encode(message([106, message([5, 1])]));
    const blob = concat([encode(message([7, message([1, packed(shape)])])), head(5, length)]);
    const inner = concat([
      encode(message([1, name], [2, type])),
      parameters,
      head(7, blob.length + length),
      blob,
    ]);
    const bytes = concat([head(100, inner.length + length), inner]);
    pieces.push({ offset: at, bytes });
    at += bytes.length + length;
  };
  for (let left = size.rest; left > 0; left -= part) {
    const length = Math.min(part, left);
    layer(`fc${pieces.length}`, "InnerProduct", [length / 4096, 1024], length);
  }
  layer("conv", "Convolution", size.kernel.toReversed(), kernelBytes(size));
  return oneFile("large.caffemodel", { size: at, pieces });
}
