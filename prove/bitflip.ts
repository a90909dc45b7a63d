import { inflateRawSync } from "node:zlib";
import { createBudget, isReadError, readKernel } from "kernelscope";
import { sourceOf } from "./files.ts";
import { indexFill, kerasWeights, type LayerSpec, randomFill } from "./models/layer.ts";
import { withModel } from "./observe.ts";
import type { Proof, ProofContext } from "./proof.ts";
import type { Random } from "./random.ts";
import { gzip } from "./writers/gzip.ts";
import { hdf5ByLibrary } from "./writers/h5wasm.ts";
import { kerasEntries, weightsTree } from "./writers/keras-files.ts";
import { npy } from "./writers/npy.ts";
import { bundle } from "./writers/tensorflow.ts";
import { stateDict, torchEntries } from "./writers/torch.ts";
import { float32Weight } from "./writers/weight.ts";
import { type ZipEntry, zip } from "./writers/zip.ts";

/** Data under a checksum: the file and where in it every bit counts. */
interface Checked {
  readonly label: string;
  readonly name: string;
  readonly file: Uint8Array<ArrayBuffer>;
  readonly from: number;
  readonly to: number;
  /** What lies beside the file. */
  readonly beside?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** The file to open; default: this one. */
  readonly main?: string;
  /** Whether the bytes are deflated: then another spelling may mean the same. */
  readonly deflated: boolean;
}

const SPEC: LayerSpec = {
  name: "conv",
  kind: "conv",
  rank: 2,
  inputs: 3,
  outputs: 8,
  multiplier: 1,
  groups: 1,
  kernel: [5, 5],
  strides: [1, 1],
  dilation: [1, 1],
  bias: false,
  dtype: "float32",
};

/** Where `part` stands in `file`; throws unless it stands there exactly once. */
function placeOf(file: Uint8Array, part: Uint8Array): { from: number; to: number } {
  const at = Buffer.from(file.buffer, file.byteOffset, file.length);
  const from = at.indexOf(part);
  if (from < 0 || at.indexOf(part, from + 1) >= 0)
    throw new RangeError("The checked bytes stand not once in the file.");
  return { from, to: from + part.length };
}

/** The bytes of one entry of a zip, after its local header; the entry must be the first. */
function firstEntry(label: string, name: string, entries: readonly ZipEntry[]): Checked {
  const file = zip(entries);
  const view = new DataView(file.buffer);
  const from = 30 + view.getUint16(26, true) + view.getUint16(28, true);
  return {
    label,
    name,
    file,
    from,
    to: from + view.getUint32(18, true),
    deflated: view.getUint16(8, true) === 8,
  };
}

/** An array compressed with gzip: its data and its checksum. */
function gzipped(array: Uint8Array): Checked {
  const file = gzip(array);
  return { label: "array in gzip", name: "a.npy.gz", file, from: 10, to: file.length - 8, deflated: true };
}

async function checkedFiles(random: Random): Promise<readonly Checked[]> {
  const values = Array.from({ length: 600 }, () => random.normal());
  const array = { name: "kernel.npy", bytes: npy(float32Weight("kernel", [5, 5, 3, 8], values)) };
  const weights = kerasWeights(SPEC, randomFill(random));
  const layers = [{ spec: SPEC, weights }];
  const [metadata, config, store] = kerasEntries(layers, [16, 16]) as [ZipEntry, ZipEntry, ZipEntry];
  // Values that differ from each other, so that a chunk is found in the file by its bytes.
  const chunked = [{ spec: SPEC, weights: kerasWeights(SPEC, indexFill) }];
  const fletcher = await hdf5ByLibrary(weightsTree(chunked), () => ({
    chunks: [5, 5, 3, 8],
    filter: "fletcher32",
  }));
  return [
    firstEntry("stored array in npz", "a.npz", [array]),
    firstEntry("deflated array in npz", "a.npz", [{ ...array, deflate: true }]),
    gzipped(array.bytes),
    firstEntry("stored storage in .pt", "a.pt", torchFirst(values, false)),
    firstEntry("deflated storage in .pt", "a.pt", torchFirst(values, true)),
    firstEntry("pickle in .pt", "a.pt", torchFirst(values, false).toReversed()),
    ...checkpoint(values),
    firstEntry("config in .keras", "a.keras", [config, metadata, store]),
    firstEntry("deflated weights in .keras", "a.keras", [{ ...store, deflate: true }, metadata, config]),
    {
      label: "HDF5 chunk under fletcher32",
      name: "a.weights.h5",
      file: fletcher,
      deflated: false,
      ...placeOf(fletcher, chunked[0]!.weights[0]!.bytes),
    },
  ];
}

/** A TensorFlow checkpoint: its index, whose blocks are summed, and its shard, whose tensors are. */
function checkpoint(values: readonly number[]): readonly Checked[] {
  const files = bundle("a", [
    float32Weight("conv/kernel", [5, 5, 3, 8], values),
    float32Weight("conv/bias", [8], values.slice(0, 8)),
  ]);
  // Behind the blocks stand the sums of the last one, padding and the magic number.
  const tail = 48 + 5;
  return [...files].map(([name, file]) => {
    const to = name.endsWith(".index") ? file.length - tail : file.length;
    return {
      label: `TensorFlow ${name}`,
      name,
      file,
      from: 0,
      to,
      deflated: false,
      main: "a.index",
      beside: files,
    };
  });
}

/** A PyTorch archive whose storage comes first and whose pickle comes last. */
function torchFirst(values: readonly number[], deflate: boolean): readonly ZipEntry[] {
  const { root, tensors } = stateDict([float32Weight("conv.weight", [8, 3, 5, 5], values)]);
  const [data, ...rest] = torchEntries(root, tensors);
  return [...rest, data!]
    .toSorted((a, b) => Number(b.name.endsWith("/0")) - Number(a.name.endsWith("/0")))
    .map((entry) => ({ ...entry, deflate }));
}

/** Whether reading everything noticed that something is wrong. */
async function isNoticed(
  { name, main = name, beside = new Map() }: Checked,
  file: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    await withModel(
      sourceOf({ main, files: new Map([...beside, [name, file]]) }),
      async ({ layers, tensors }) => {
        for (const layer of layers) await readKernel(layer);
        // An array whose header became nonsense is no layer any more, and says why it cannot be read.
        for (const tensor of tensors) await tensor.readBytes({ budget: createBudget() });
      },
    );
    return false;
  } catch (error) {
    if (isReadError(error)) return true;
    throw error;
  }
}

/** Whether a changed deflate stream still inflates to the same, as when a match is found in another place. */
function meansTheSame({ file, from, to }: Checked, flipped: Uint8Array): boolean {
  try {
    return inflateRawSync(flipped.subarray(from, to)).equals(inflateRawSync(file.subarray(from, to)));
  } catch {
    return false;
  }
}

export const bitflip: Proof = {
  name: "bitflip",
  promise:
    "A single flipped bit under a checksum (zip and gzip CRC-32, HDF5 fletcher32, TensorFlow's CRC-32C) is noticed when it is read.",
  async run({ random, tally, amount }: ProofContext) {
    let same = 0;
    for (const checked of await checkedFiles(random)) {
      const { label, name, file, from, to } = checked;
      tally.check(!(await isNoticed(checked, file)), () => `${label}: the untouched file is refused`);
      const slow = !/\.(np[yz]|pt|index|data)/.test(name);
      for (let i = 0; i < (slow ? amount(6, 1_000) : amount(300, 10_000)); i++) {
        const [at, bit] = [from + random.below(to - from), random.below(8)];
        const flipped = file.slice();
        flipped[at] = flipped[at]! ^ (1 << bit);
        if (checked.deflated && meansTheSame(checked, flipped)) {
          same++;
          continue;
        }
        const noticed = await isNoticed(checked, flipped);
        tally.check(
          noticed,
          () => `${label}: bit ${bit} of byte ${at - from} of ${to - from} was not noticed`,
        );
      }
    }
    if (same > 0) tally.note(`${same} flips changed how bytes are deflated, but not the bytes`);
    tally.note(
      "no checksum: safetensors, npy, HDF5 without fletcher32, weights stored inside .keras (read in part)",
    );
  },
};
