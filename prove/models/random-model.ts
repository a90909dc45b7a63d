import type { Random } from "../random.ts";
import { hdf5 } from "../writers/hdf5.ts";
import type { KerasLayerFile } from "../writers/keras-files.ts";
import { kerasFiles, legacyTree } from "../writers/keras-files.ts";
import { isNpyDType, npy } from "../writers/npy.ts";
import { isSafetensorsDType, safetensors, shardedSafetensors } from "../writers/safetensors.ts";
import { SIZES, valuesOf, type Weight } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import {
  canonical,
  type ExpectedKernel,
  expectedFromKeras,
  type Fill,
  kerasWeights,
  type LayerSpec,
  randomFill,
  randomLayer,
  type SpecKind,
  torchWeights,
} from "./layer.ts";

/** Files that belong together; `main` is the one to open. */
export interface ModelFiles {
  readonly main: string;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly axisOrder?: string;
}

/** Files, the arrays in them, and the kernels that must be found. */
export interface RandomModel {
  readonly label: string;
  readonly model: ModelFiles;
  /** Arrays by the names that the library must give them; null where only kernels are compared. */
  readonly weights: readonly Weight[] | null;
  readonly kernels: readonly ExpectedKernel[];
}

/** Dtypes that Keras stores and draws; the opaque ones need Keras 3's attribute. */
export const KERAS_DTYPES = ["float16", "bfloat16", "float32", "float64", "int8", "uint8"] as const;

function one(name: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles {
  return { main: name, files: new Map([[name, bytes]]) };
}

/** Arrays of every dtype and of rank 1 to 5 in each of the formats that only hold arrays. */
export function randomArrays(random: Random): RandomModel {
  const kind = random.pick(["safetensors", "sharded", "npy", "npz", "deflated npz"] as const);
  const holds = kind === "safetensors" || kind === "sharded" ? isSafetensorsDType : isNpyDType;
  const dtypes = Object.keys(SIZES).filter(holds);
  const fill = randomFill(random);
  const weights = Array.from({ length: kind === "npy" ? 1 : random.between(1, 6) }, (_, at): Weight => {
    const dtype = random.pick(dtypes);
    const shape = Array.from({ length: random.between(1, 5) }, () =>
      random.between(1, random.chance(0.1) ? 9 : 4),
    );
    return { name: `array_${at}`, dtype, shape, bytes: fill(dtype, valuesOf(shape)) };
  });
  const stored = (weight: Weight): Uint8Array<ArrayBuffer> =>
    npy(weight, {
      fortran: random.chance(0.4),
      bigEndian: weight.dtype !== "bfloat16" && random.chance(0.3),
      version: random.pick([1, 2, 3]),
    });
  const label = `${kind} of ${weights.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(" ")}`;
  if (kind === "safetensors")
    return { label, model: one("a.safetensors", safetensors(weights)), weights, kernels: [] };
  if (kind === "sharded") {
    const files = shardedSafetensors(weights, random.between(1, weights.length));
    return { label, model: { main: "model.safetensors.index.json", files }, weights, kernels: [] };
  }
  if (kind === "npy") return { label, model: one("array_0.npy", stored(weights[0]!)), weights, kernels: [] };
  const entries = weights.map((weight) => ({
    name: `${weight.name}.npy`,
    bytes: stored(weight),
    deflate: kind === "deflated npz",
    descriptor: random.chance(0.2),
  }));
  return { label, model: one("a.npz", zip(entries, { zip64: random.chance(0.3) })), weights, kernels: [] };
}

/** A chain of convolutions of one rank. */
export function randomSpecs(
  random: Random,
  count: number,
  options: {
    readonly rank: 1 | 2 | 3;
    readonly kinds: readonly SpecKind[];
    readonly dtypes: readonly string[];
  },
  nameOf: (at: number, kind: SpecKind) => string,
): readonly LayerSpec[] {
  const specs: LayerSpec[] = [];
  let inputs = random.between(1, 6);
  for (let at = 0; at < count; at++) {
    const dtype = options.dtypes[at % options.dtypes.length]!;
    // Layers that multiply channels follow each other: start over before they grow large.
    const kinds = inputs > 12 ? (["conv"] as const) : options.kinds;
    const kind = random.pick(kinds);
    const spec = randomLayer(random, nameOf(at, kind), inputs, { rank: options.rank, kinds: [kind], dtype });
    specs.push(spec);
    inputs = spec.outputs;
  }
  return specs;
}

/** Keras's kinds by rank: there is no depthwise or separable 3-D layer. */
export function kerasKinds(rank: 1 | 2 | 3): readonly SpecKind[] {
  return rank === 3 ? ["conv", "transposed"] : ["conv", "transposed", "depthwise", "separable"];
}

function kerasName(kind: SpecKind, rank: number): string {
  return {
    conv: `conv${rank}d`,
    transposed: `conv${rank}d_transpose`,
    depthwise: `depthwise_conv${rank}d`,
    separable: `separable_conv${rank}d`,
  }[kind];
}

/** One random Keras model in one of its layouts. */
export function randomKeras(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[],
): RandomModel[] {
  const specs = randomSpecs(
    random,
    random.between(2, 6),
    { rank, kinds: kerasKinds(rank), dtypes },
    (at, kind) =>
      // Keras's own way to name layers: all that weights without a config say about their kind.
      `${kerasName(kind, rank)}_${at}`,
  );
  const layers = specs.map((spec): KerasLayerFile => ({ spec, weights: kerasWeights(spec, fill) }));
  const kernels = layers.flatMap(({ spec, weights }) =>
    expectedFromKeras(spec, weights).map((expected, at) => ({
      ...expected,
      layer: spec.kind === "separable" ? `${spec.name}/${weights[at]!.name}` : spec.name,
    })),
  );
  const extents = new Array<number>(rank).fill(rank === 3 ? 8 : 16);
  const files = kerasFiles(layers, extents, random.pick([2, 3]), { symbols: random.chance(0.8) });
  files.set("weights.h5", hdf5(legacyTree(layers, { config: null, version: "2.15.0" })));
  const opaque = dtypes.some((dtype) => dtype === "bfloat16");
  return [...files]
    .filter(([name]) => !(opaque && name === "weights.h5"))
    .map(([name, bytes]) => ({
      label: `${name} of ${specs.map(({ kind, dtype, groups }) => `${kind}${rank}D/${groups} ${dtype}`).join(", ")}`,
      model: one(name, bytes),
      weights: null,
      kernels,
    }));
}

/** One random PyTorch state dict as safetensors; names and biases tell the kinds apart. */
export function randomTorch(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[],
): RandomModel {
  const stems = { conv: "conv", depthwise: "dwconv", transposed: "deconv", separable: "conv" };
  const kinds = ["conv", "depthwise", "transposed"] as const;
  const nameOf = (at: number, kind: SpecKind): string => `${stems[kind]}${at}`;
  const specs = randomSpecs(random, random.between(2, 6), { rank, kinds, dtypes }, nameOf).map((spec) => ({
    ...spec,
    bias: spec.kind === "transposed" || spec.bias,
  }));
  const weights = specs.flatMap((spec) => torchWeights(spec, fill));
  const spatial = ["W", "HW", "DHW"][rank - 1]!;
  const kernels = specs.map((spec): ExpectedKernel => {
    const weight = weights.find(({ name }) => name === `${spec.name}.weight`)!;
    const order = (spec.kind === "transposed" ? "IO" : "OI") + spatial;
    const kind = spec.kind === "separable" ? "conv" : spec.kind;
    return { layer: spec.name, kind, ...canonical(weight, order) };
  });
  const model = one("model.safetensors", safetensors(weights, { format: "pt" }));
  return {
    label: `torch ${specs.map(({ name, dtype }) => `${name} ${dtype}`).join(", ")}`,
    model,
    weights,
    kernels,
  };
}
