import { pt2Entries, pt2Value, tensorArgument } from "../writers/pt2.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";
import { sparseZip } from "./sparse-zip.ts";

/** An exported program with one dense weight that fills the file and one convolution. */
export function largePt2(size: LargeSize): LargeModel {
  const none = { dtype: "float32", bytes: new Uint8Array() };
  const weights = [
    { name: "dense.weight", shape: [size.rest / 4096, 1024], ...none },
    { name: "conv.weight", shape: size.kernel.toReversed(), ...none },
  ];
  const lengths = [size.rest, kernelBytes(size)];
  const inputs = { input: tensorArgument("x"), weight: tensorArgument(pt2Value("conv.weight")) };
  const nodes = [{ target: "torch.ops.aten.conv2d.default", inputs, outputs: ["y"] }];
  const entries = pt2Entries({ weights, nodes }).map(({ name, bytes }, at) => {
    const hole = lengths[at];
    return hole === undefined
      ? { name: String(name), size: bytes.length, pieces: [{ offset: 0, bytes }] }
      : { name: String(name), size: hole, pieces: [] };
  });
  return oneFile("large.pt2", sparseZip(entries));
}
