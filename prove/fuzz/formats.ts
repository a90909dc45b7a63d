import { kerasWeights, type LayerSpec, randomFill, randomLayer } from "../models/layer.ts";
import type { ModelFiles } from "../models/random-model.ts";
import { createRandom, type Random } from "../random.ts";
import { type H5Layout, hdf5 } from "../writers/hdf5.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import { type KerasLayerFile, kerasEntries, legacyTree, weightsTree } from "../writers/keras-files.ts";
import { npy } from "../writers/npy.ts";
import {
  jsonObject,
  safetensors,
  safetensorsOf,
  safetensorsParts,
  shardedSafetensors,
} from "../writers/safetensors.ts";
import { concat, float32Weight, utf8 } from "../writers/weight.ts";
import { type ZipEntry, zip } from "../writers/zip.ts";
import { mutateBytes } from "./bytes.ts";
import { caffeFuzz } from "./caffe.ts";
import { containerFuzz } from "./containers.ts";
import { coremlFuzz } from "./coreml.ts";
import { engineFuzz } from "./engines.ts";
import { flaxFuzz } from "./flax.ts";
import { mutateTree } from "./hdf5.ts";
import { heavyFiles } from "./heavy.ts";
import { mutateJson } from "./json.ts";
import { matlabFuzz } from "./matlab.ts";
import { onnxFuzz } from "./onnx.ts";
import { paddleFuzz } from "./paddle.ts";
import { pt2Fuzz } from "./pt2.ts";
import { tensorflowFuzz } from "./tensorflow.ts";
import { tfliteFuzz } from "./tflite.ts";
import { torchFuzz, torchPickleFuzz, torchStreamFuzz } from "./torch.ts";
import { scriptFuzz } from "./torchscript.ts";

/** How one format is attacked. */
export interface FuzzFormat {
  readonly name: string;
  /** HDF5 runs in a worker and costs a hundred times more. */
  readonly slow: boolean;
  /** A file that opens, and must go on opening equal. */
  readonly good: ModelFiles;
  /** How many files there are; absent when there is no end of them. */
  readonly count?: number;
  /** A file whose bytes were changed. */
  mutated(random: Random, index: number): ModelFiles;
  /** A well-formed file that says something else. */
  structural(random: Random, index: number): ModelFiles;
}

const random = createRandom("fuzz seeds");
const SPECS: readonly LayerSpec[] = [0, 1, 2].map((at) => ({
  ...randomLayer(random.fork(at), `layer_${at}`, 2, { rank: 2, kinds: ["conv"], dtype: "float32" }),
  outputs: 2,
  groups: 1,
}));
const LAYERS: readonly KerasLayerFile[] = SPECS.map((spec) => ({
  spec,
  weights: kerasWeights(spec, randomFill(random)),
}));
const WEIGHTS = [
  float32Weight(
    "conv.weight",
    [2, 3, 3, 3],
    Array.from({ length: 54 }, () => random.normal()),
  ),
  float32Weight("conv.bias", [2], [1, 2]),
];
const CONFIG = kerasConfig(SPECS, 2, [16, 16]);
const LEGACY = legacyTree(LAYERS, { config: JSON.stringify(CONFIG), version: "2.15.0" });

/** As h5py writes by default, which is read by hand, or newer, which libhdf5 reads. */
function layoutOf(random: Random): H5Layout {
  return { symbols: random.chance(0.7) };
}

function one(main: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles {
  return { main, files: new Map([[main, bytes]]) };
}

/** A format of one file: `seed` is mutated in its first `within` bytes mostly. */
function single(
  name: string,
  main: string,
  seed: Uint8Array<ArrayBuffer>,
  structural: (random: Random) => Uint8Array<ArrayBuffer>,
  options: { readonly within?: number; readonly slow?: boolean } = {},
): FuzzFormat {
  return {
    name,
    slow: options.slow === true,
    good: one(main, seed),
    mutated: (random) => one(main, mutateBytes(random, seed, options.within)),
    structural: (random) => one(main, structural(random)),
  };
}

const { entries: ST_ENTRIES, data: ST_DATA } = safetensorsParts(WEIGHTS);
const ST_HEADER = { __metadata__: { format: "pt" }, ...Object.fromEntries(ST_ENTRIES) };
const NPY = npy(WEIGHTS[0]!);
const NPY_PARTS = [
  "<f4",
  ">f8",
  "|O",
  "|V2",
  "<U9",
  "(2, 3, 3, 3)",
  "(54,)",
  "()",
  "(-1,)",
  "(9999999999,)",
  "True",
  "False",
  "'",
  "{",
  "descr",
  ": ",
  "1L",
  "nan",
];

function structuralNpy(random: Random): Uint8Array<ArrayBuffer> {
  const tokens = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 3, 3), }".split(/(?<=[ ,])/);
  for (let changes = random.between(1, 3); changes > 0; changes--)
    tokens[random.below(tokens.length)] = random.pick(NPY_PARTS);
  return npy(WEIGHTS[0]!, { header: tokens.join(""), version: random.pick([1, 2, 3]) });
}

const ENTRIES: readonly ZipEntry[] = WEIGHTS.map((weight) => ({
  name: `${weight.name}.npy`,
  bytes: npy(weight),
}));

function structuralZip(random: Random, entries: readonly ZipEntry[]): Uint8Array<ArrayBuffer> {
  const number = (): number => random.pick([0, 1, 2, 7, 300, 0x7fffffff, 0xffffffff]);
  const lies = (): Record<string, number> =>
    Object.fromEntries(
      ["crc", "compressedSize", "size", "method", "flags"]
        .filter(() => random.chance(0.2))
        .map((field) => [field, number()]),
    );
  const changed = entries.map((entry): ZipEntry => {
    if (!random.chance(0.5)) return entry;
    const deflate = random.chance(0.4);
    const central = { ...lies(), ...(random.chance(0.2) ? { offset: number() } : {}) };
    return {
      ...entry,
      deflate,
      local: lies(),
      central,
      descriptor: random.chance(0.2),
      bytes: random.chance(0.3) ? mutateBytes(random, entry.bytes) : entry.bytes,
    };
  });
  const doubled = random.chance(0.2) ? [...changed, random.pick(changed)] : changed;
  const end = Object.fromEntries(
    [
      "count",
      "directoryOffset",
      "directorySize",
      "commentLength",
      "zip64Count",
      "zip64Offset",
      "locatorOffset",
    ]
      .filter(() => random.chance(0.08))
      .map((field) => [field, number()]),
  );
  return zip(doubled, {
    ...end,
    zip64: random.chance(0.3),
    ...(random.chance(0.1) ? { trailing: random.bytes(9) } : {}),
  });
}

const KERAS = kerasEntries(LAYERS, [16, 16]);

function structuralKeras(random: Random): Uint8Array<ArrayBuffer> {
  const config = random.chance(0.5)
    ? utf8(mutateJson(random, kerasConfig(SPECS, 3, [16, 16])))
    : KERAS[1]!.bytes;
  const weights = random.chance(0.5)
    ? hdf5(mutateTree(random, weightsTree(LAYERS)), layoutOf(random))
    : KERAS[2]!.bytes;
  const entries = [
    KERAS[0]!,
    { ...KERAS[1]!, bytes: config },
    { ...KERAS[2]!, bytes: weights, deflate: random.chance(0.3) },
  ];
  return random.chance(0.3) ? structuralZip(random, entries) : zip(entries);
}

function structuralLegacy(random: Random): Uint8Array<ArrayBuffer> {
  if (random.chance(0.4))
    return hdf5(
      legacyTree(LAYERS, { config: mutateJson(random, CONFIG), version: "2.15.0" }),
      layoutOf(random),
    );
  return hdf5(mutateTree(random, LEGACY), layoutOf(random));
}

const SHARDS = shardedSafetensors(WEIGHTS, 2);
const INDEX = "model.safetensors.index.json";

/** Some file of the folder is replaced. */
function inFolder(name: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles {
  return { main: INDEX, files: new Map([...SHARDS, [name, bytes]]) };
}

const sharded: FuzzFormat = {
  name: "sharded safetensors",
  slow: false,
  good: { main: INDEX, files: SHARDS },
  mutated: (random) => {
    const name = random.pick([...SHARDS.keys()]);
    return inFolder(name, mutateBytes(random, SHARDS.get(name)!));
  },
  structural: (random) =>
    inFolder(INDEX, utf8(mutateJson(random, JSON.parse(new TextDecoder().decode(SHARDS.get(INDEX)))))),
};

/** Not a format: files at the edge of the limits. */
const heavy: FuzzFormat = {
  name: "heavy",
  slow: false,
  good: sharded.good,
  count: heavyFiles.length,
  mutated: (_, index) => heavyFiles[index % heavyFiles.length]!(),
  structural: (_, index) => heavyFiles[index % heavyFiles.length]!(),
};

/** Every format of this library that reads files. */
export const fuzzFormats: readonly FuzzFormat[] = [
  single(
    "safetensors",
    "a.safetensors",
    safetensors(WEIGHTS, { format: "pt" }),
    (random) =>
      safetensorsOf(
        random.chance(0.9) ? mutateJson(random, ST_HEADER) : jsonObject([...ST_ENTRIES, ...ST_ENTRIES]),
        ST_DATA,
      ),
    { within: 200 },
  ),
  sharded,
  single("npy", "a.npy", NPY, structuralNpy, { within: 128 }),
  single("npz", "a.npz", zip(ENTRIES), (random) => structuralZip(random, ENTRIES)),
  flaxFuzz,
  pt2Fuzz,
  ...paddleFuzz,
  scriptFuzz,
  ...containerFuzz,
  onnxFuzz,
  torchFuzz,
  torchStreamFuzz,
  torchPickleFuzz,
  caffeFuzz,
  ...tfliteFuzz,
  ...engineFuzz,
  coremlFuzz,
  ...tensorflowFuzz,
  matlabFuzz,
  single("keras h5", "a.h5", hdf5(LEGACY, { symbols: true }), structuralLegacy, { slow: true }),
  single(
    "weights h5",
    "a.weights.h5",
    hdf5(weightsTree(LAYERS), { symbols: true }),
    (random) => hdf5(mutateTree(random, weightsTree(LAYERS)), layoutOf(random)),
    { slow: true },
  ),
  single("keras", "a.keras", zip(KERAS), structuralKeras, { slow: true }),
  single(
    "deflated keras",
    "a.keras",
    zip(KERAS.map((entry) => ({ ...entry, deflate: true }))),
    (random) => {
      const weights = hdf5(mutateTree(random, weightsTree(LAYERS)), layoutOf(random));
      return zip(
        [KERAS[0]!, KERAS[1]!, { ...KERAS[2]!, bytes: weights, deflate: true }].map((entry) => ({
          ...entry,
        })),
        { comment: concat([]) },
      );
    },
    { slow: true },
  ),
  heavy,
];
