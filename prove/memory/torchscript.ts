import { reach, scriptEntries, scriptModule } from "../writers/torchscript.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";
import { sparseZip } from "./sparse-zip.ts";
import { hole } from "./torch.ts";

/** A TorchScript archive with one dense weight that fills the file and one convolution. */
export function largeTorchScript(size: LargeSize): LargeModel {
  const module = (key: string, shape: readonly number[]) =>
    scriptModule("__torch__.M", [["weight", hole(key, shape)]]);
  const root = scriptModule("__torch__.Net", [
    ["dense", module("0", [size.rest / 4096, 1024])],
    ["conv", module("1", size.kernel.toReversed())],
  ]);
  const forward = [`return torch.conv2d(x, ${reach("conv.weight")})`];
  const stored = scriptEntries({ weights: [], forward, root, deflate: false }).map(({ name, bytes }) => ({
    name: String(name),
    size: bytes.length,
    pieces: [{ offset: 0, bytes }],
  }));
  const holes = [size.rest, kernelBytes(size)].map((length, at) => ({
    name: `archive/data/${at}`,
    size: length,
    pieces: [],
  }));
  return oneFile("large-script.pt", sparseZip([...stored, ...holes]));
}
