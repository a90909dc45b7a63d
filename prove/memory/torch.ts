import { pickle } from "../writers/pickle.ts";
import { ordered, type TorchTensor, torchTensor } from "../writers/torch.ts";
import { concat, little, utf8 } from "../writers/weight.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";
import { sparseZip } from "./sparse-zip.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;

/** The node of a tensor whose values are a hole. */
export function hole(key: string, shape: readonly number[]): TorchTensor["node"] {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
  );
  const empty = { name: "", dtype: "float32", shape: [0], bytes: new Uint8Array() };
  return torchTensor(empty, key, {}, { count, size: { tuple: shape }, stride: { tuple: strides } }).node;
}

/** A state dict of a dense weight and a kernel behind it: as a zip64 archive and as a stream. */
export function largeTorch(size: LargeSize): readonly LargeModel[] {
  const dense = [size.rest / 4096, 1024];
  const kernel = size.kernel.toReversed();
  const root = pickle(
    ordered([
      ["dense.weight", hole("0", dense)],
      ["conv.weight", hole("1", kernel)],
    ]),
  );
  const whole = (name: string, bytes: Uint8Array) => ({
    name: `archive/${name}`,
    size: bytes.length,
    pieces: [{ offset: 0, bytes }],
  });
  const parts = [size.rest, kernelBytes(size)];
  const archive = sparseZip([
    whole("data.pkl", root),
    whole("byteorder", utf8("little")),
    ...parts.map((length, i) => ({ name: `archive/data/${i}`, size: length, pieces: [] })),
    whole("version", utf8("3\n")),
  ]);
  const head = concat([
    pickle(MAGIC),
    pickle(1001),
    pickle({ dict: [] }),
    root,
    pickle({ list: ["0", "1"] }),
  ]);
  const [rest, end] = [head.length + 8 + size.rest, head.length + 16 + parts[0]! + parts[1]!];
  return [
    oneFile("large.pt", archive),
    oneFile("large.pth", {
      size: end,
      pieces: [
        { offset: 0, bytes: concat([head, little(size.rest / 4, 8)]) },
        { offset: rest, bytes: little(kernelBytes(size) / 4, 8) },
      ],
    }),
  ];
}
