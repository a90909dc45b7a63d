import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromFile } from "kernelscope/node";
import { kerasWeights, type LayerSpec, randomFill } from "./models/layer.ts";
import { type Outcome, outcomeText, readEverything } from "./observe.ts";
import type { Proof, ProofContext } from "./proof.ts";
import { createRandom } from "./random.ts";
import { type Ground, type SiblingCase, siblingCases } from "./siblings/cases.ts";
import { darknet } from "./writers/darknet.ts";
import { hdf5 } from "./writers/hdf5.ts";
import { weightsTree } from "./writers/keras-files.ts";
import { onnx } from "./writers/onnx.ts";
import { openvino } from "./writers/openvino.ts";
import { safetensors } from "./writers/safetensors.ts";
import { stateDict, torchZip } from "./writers/torch.ts";
import { float32Weight } from "./writers/weight.ts";

/** A format whose index names other files. */
interface IndexFormat {
  readonly name: string;
  readonly index: string;
  readonly shard: string;
  readonly bytes: Uint8Array;
  /** The index's content when it calls its shard so. */
  text(shard: string): string | Uint8Array;
  /** The format itself says what the shard is called: only what lies there can mislead. */
  readonly fixed?: boolean;
}

const SPEC: LayerSpec = {
  name: "conv",
  kind: "conv",
  rank: 2,
  inputs: 3,
  outputs: 4,
  multiplier: 1,
  groups: 1,
  kernel: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  bias: false,
  dtype: "float32",
};

const KERNEL = float32Weight("conv.weight", [2, 3, 3, 3], { length: 54 });
const TORCH = stateDict([KERNEL]);

const PAIRED = { ...SPEC, outputs: 2, groups: 1 };
const PAIRED_KERNEL = float32Weight("k", [2, PAIRED.inputs, 3, 3], { length: 2 * PAIRED.inputs * 9 });
const IR = openvino([{ spec: PAIRED, weight: PAIRED_KERNEL }]);
const DARKNET = darknet([{ spec: PAIRED, parts: [float32Weight("b", [2], { length: 2 }), PAIRED_KERNEL] }]);

const FORMATS: readonly IndexFormat[] = [
  {
    name: "safetensors index",
    index: "model.safetensors.index.json",
    shard: "model-00001-of-00001.safetensors",
    bytes: safetensors([float32Weight("conv.weight", [2, 3, 3, 3], { length: 54 })]),
    text: (shard) => JSON.stringify({ metadata: {}, weight_map: { "conv.weight": shard } }),
  },
  {
    name: "PyTorch index",
    index: "pytorch_model.bin.index.json",
    shard: "pytorch_model-00001-of-00001.bin",
    bytes: torchZip(TORCH.root, TORCH.tensors),
    text: (shard) => JSON.stringify({ metadata: {}, weight_map: { "conv.weight": shard } }),
  },
  {
    name: "Keras weight map",
    index: "model.weights.json",
    shard: "model_00000.weights.h5",
    bytes: hdf5(
      weightsTree([{ spec: SPEC, weights: kerasWeights(SPEC, randomFill(createRandom("siblings"))) }]),
      {
        symbols: true,
      },
    ),
    text: (shard) =>
      JSON.stringify({ metadata: { total_size: 432 }, weight_map: { "/layers/conv2d/vars": [shard] } }),
  },
  {
    name: "TensorFlow.js",
    index: "model.json",
    shard: "group1-shard1of1.bin",
    bytes: KERNEL.bytes,
    text: (shard) =>
      JSON.stringify([
        { paths: [shard], weights: [{ name: "conv/kernel", shape: [3, 3, 3, 2], dtype: "float32" }] },
      ]),
  },
  {
    name: "ONNX external data",
    index: "model.onnx",
    shard: "model.onnx.data",
    bytes: KERNEL.bytes,
    text: (shard) =>
      onnx([{ ...SPEC, inputs: 3, outputs: 2 }], [KERNEL], () => ({ location: shard, offset: 0 })),
  },
  {
    name: "OpenVINO network",
    index: "net.xml",
    shard: "net.bin",
    bytes: IR.get("net.bin")!,
    text: () => IR.get("net.xml")!,
    fixed: true,
  },
  {
    name: "OpenVINO weights",
    index: "net.bin",
    shard: "net.xml",
    bytes: IR.get("net.xml")!,
    text: () => IR.get("net.bin")!,
    fixed: true,
  },
  {
    name: "Darknet .cfg",
    index: "net.cfg",
    shard: "net.weights",
    bytes: DARKNET.get("net.weights")!,
    text: () => DARKNET.get("net.cfg")!,
    fixed: true,
  },
  {
    name: "Darknet weights",
    index: "net.weights",
    shard: "net.cfg",
    bytes: DARKNET.get("net.cfg")!,
    text: () => DARKNET.get("net.weights")!,
    fixed: true,
  },
];

/** Lays the case out in a folder of its own and opens the index. Null when the platform refuses to lay it out. */
async function tryCase(root: string, format: IndexFormat, one: SiblingCase): Promise<Outcome | null> {
  const ground: Ground = {
    folder: join(root, "folder"),
    outside: join(root, "outside"),
    shard: format.shard,
    bytes: format.bytes,
  };
  mkdirSync(join(ground.folder, "below"), { recursive: true });
  mkdirSync(ground.outside);
  for (const place of [ground.folder, ground.outside, join(ground.folder, "below")]) {
    writeFileSync(join(place, format.shard), format.bytes);
  }
  const index = join(ground.folder, format.index);
  writeFileSync(index, format.text(one.calls?.(ground) ?? format.shard));
  let clean: (() => void) | undefined;
  try {
    clean = one.prepare?.(ground);
  } catch (error) {
    if (one.optional === true) return null;
    throw error;
  }
  try {
    return await readEverything(() => fromFile(index));
  } finally {
    clean?.();
  }
}

/** As the caches of model hubs lay files out: index and shard are links into one folder of contents. */
async function tryCache(root: string, format: IndexFormat): Promise<Outcome> {
  const [blobs, snapshot] = [join(root, "blobs"), join(root, "snapshot")];
  for (const place of [blobs, snapshot]) mkdirSync(place, { recursive: true });
  writeFileSync(join(blobs, "1"), format.text(format.shard));
  writeFileSync(join(blobs, "2"), format.bytes);
  symlinkSync(join("..", "blobs", "1"), join(snapshot, format.index));
  symlinkSync(join("..", "blobs", "2"), join(snapshot, format.shard));
  return readEverything(() => fromFile(join(snapshot, format.index)));
}

export const siblings: Proof = {
  name: "siblings",
  promise: "A file that names others opens only regular files of its own folder, by their bare names.",
  async run({ scratch, tally }: ProofContext) {
    for (const [at, format] of FORMATS.entries()) {
      for (const [number, one] of siblingCases.entries()) {
        if (format.fixed === true && one.calls !== undefined) continue;
        const outcome = await tryCase(join(scratch, `${at}-${number}`), format, one);
        if (outcome === null) {
          tally.note(`${format.name}: ${one.name}: cannot be made here`);
          continue;
        }
        const codes = ["refused", "missing-sibling", "truncated", "unsupported"];
        const refused = outcome.kind === "refused" && codes.includes(outcome.code);
        const right = one.opens === true ? outcome.kind === "model" && outcome.layers === 1 : refused;
        tally.check(right, () => `${format.name}: ${one.name}: ${outcomeText(outcome)}`);
      }
      const cache = await tryCache(join(scratch, `${at}-cache`), format);
      tally.check(cache.kind === "model", () => `${format.name}: in a hub's cache: ${outcomeText(cache)}`);
    }
  },
};
