import type { LayerSpec } from "../models/layer.ts";
import { type H5Dataset, type H5Group, type H5Node, hdf5 } from "../writers/hdf5.ts";
import { complexType, floatType, intType, stringType, vlenType } from "../writers/hdf5-messages.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import { group, legacyTree, weightDataset, weightsTree } from "../writers/keras-files.ts";
import { float32Weight } from "../writers/weight.ts";
import { type Case, fine, refusal, swapText } from "./case.ts";

const SPEC: LayerSpec = {
  name: "conv",
  kind: "conv",
  rank: 2,
  inputs: 2,
  outputs: 4,
  multiplier: 1,
  groups: 1,
  kernel: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  bias: false,
  dtype: "float32",
};
const KERNEL = float32Weight(
  "kernel",
  [3, 3, 2, 4],
  Array.from({ length: 72 }, (_, at) => at),
);
const CONFIG = JSON.stringify(kerasConfig([SPEC], 2, [16, 16]));
const HONEST = weightDataset(KERNEL, false);
const MODEL = { config: CONFIG, version: "2.15.0" };

/** A whole Keras model whose kernel is `node`. */
function model(
  node: H5Node,
  more: readonly (readonly [string, H5Node])[] = [],
  config: string | null = CONFIG,
): Uint8Array<ArrayBuffer> {
  const names = { weight_names: ["conv/kernel:0"] };
  const inner = group([["conv", group([["conv", group([["kernel:0", node]])]], names)]], {
    layer_names: ["conv"],
    backend: "tensorflow",
    keras_version: "2.15.0",
  });
  return hdf5(
    group([["model_weights", inner], ...more], {
      keras_version: "2.15.0",
      ...(config === null ? {} : { model_config: config }),
    }),
  );
}

/** The honest kernel with something changed; the file opens and the layer says why it cannot be read. */
function kernel(name: string, change: Partial<H5Dataset>, code: Case["code"] & string = "unsupported"): Case {
  return refusal(name, "a.h5", model({ ...HONEST, ...change }), code, "read");
}

/** The kernel is a link. */
function linked(name: string, to: H5Node & { kind: "link" }): Case {
  return refusal(name, "a.h5", model(to, [["x", HONEST]]), "unsupported", "read");
}

const WHOLE = model(HONEST);

/** WHOLE with some bytes changed. */
function patched(...changes: readonly (readonly [at: number, value: number])[]): Uint8Array<ArrayBuffer> {
  const file = WHOLE.slice();
  for (const [at, value] of changes) file[at] = value;
  return file;
}

/** Groups inside each other. */
function nested(depth: number): H5Group {
  let inner = group([]);
  for (let i = 0; i < depth; i++) inner = group([["g", inner]]);
  return inner;
}

const wide = group(Array.from({ length: 800 }, (_, at): [string, H5Node] => [`g${at}`, group([])]));

/** One file per way in which HDF5 can lead elsewhere, lie or go round in circles. */
export const hdf5Cases: readonly Case[] = [
  kernel("values in /etc/passwd", {
    bytes: new Uint8Array(),
    length: 288,
    storage: { external: "/etc/passwd" },
  }),
  kernel("values in a file beside it", {
    bytes: new Uint8Array(),
    length: 288,
    storage: { external: "secret.bin" },
  }),
  kernel("values mapped from this file", { bytes: new Uint8Array(), storage: { virtual: "." } }),
  kernel("values mapped from /etc/passwd", { bytes: new Uint8Array(), storage: { virtual: "/etc/passwd" } }),
  linked("external link to a host file", { kind: "link", to: { file: "/etc/passwd", path: "/x" } }),
  linked("external link to itself", { kind: "link", to: { file: "a.h5", path: "/x" } }),
  linked("soft link to nothing", { kind: "link", to: { soft: "/nothing" } }),
  linked("soft link to itself", { kind: "link", to: { soft: "/model_weights/conv/conv/kernel:0" } }),
  linked("hard link to its own group", { kind: "link", to: { parent: 0 } }),
  kernel("address past the file", { address: 2 ** 40 }),
  kernel("address of 2^63", { address: 2n ** 63n }),
  kernel("address at the last byte", { address: WHOLE.length - 1 }),
  fine("nothing was written", "a.h5", model({ ...HONEST, bytes: new Uint8Array() })),
  kernel("fewer bytes than the shape", { statedSize: 8 }),
  fine("more bytes than the shape", "a.h5", model({ ...HONEST, statedSize: 8000 })),
  kernel("petabytes", { shape: [3, 3, 2 ** 24, 2 ** 24] }),
  kernel("extents that overflow 2^64", { shape: [2 ** 31, 2 ** 31, 2 ** 31, 2 ** 31] }),
  fine("no values", "a.h5", model({ ...HONEST, shape: [3, 3, 0, 4], bytes: new Uint8Array() })),
  kernel("complex numbers", { type: complexType(8), bytes: new Uint8Array(576) }),
  kernel("text", { type: stringType(4) }),
  kernel("sequences of any length", { type: vlenType(floatType(4, 8)), bytes: new Uint8Array(72 * 16) }),
  kernel("a float of 3 bytes", { type: floatType(3, 8), bytes: new Uint8Array(216) }),
  kernel("an integer of 16 bytes", { type: intType(16, true), bytes: new Uint8Array(72 * 16) }),
  kernel("a float with another bias", { type: floatType(4, 8, false, 120) }),
  refusal("cut in half", "a.h5", WHOLE.slice(0, WHOLE.length / 2), "truncated"),
  refusal("one byte missing", "a.h5", WHOLE.slice(0, -1), "truncated"),
  refusal("only a signature", "a.h5", WHOLE.slice(0, 8), "truncated"),
  refusal("superblock of version 9", "a.h5", patched([8, 9]), "malformed"),
  refusal("addresses of 3 bytes", "a.h5", patched([13, 3]), "malformed"),
  refusal("root past the file", "a.h5", patched([66, 0xff]), "malformed"),
  refusal("end of file past the file", "a.h5", patched([44, 0xff]), "truncated"),
  refusal("groups 200 deep", "a.h5", hdf5(nested(200)), "limit"),
  refusal(
    "more than 20,000 objects",
    "a.h5",
    hdf5(group(Array.from({ length: 26 }, (_, at): [string, H5Node] => [`w${at}`, wide]))),
    "limit",
  ),
  fine("not a model", "a.h5", hdf5(group([["data", group([])]])), "not laid out by Keras"),
  fine(
    "a circle of hard links beside the model",
    "a.h5",
    model(HONEST, [["round", group([["again", { kind: "link", to: { parent: 1 } }]])]]),
  ),
  fine(
    "an external link beside the model",
    "a.h5",
    model(HONEST, [["out", { kind: "link", to: { file: "/etc/passwd", path: "/" } }]]),
  ),
  fine("values inside the header", "a.h5", model({ ...HONEST, storage: "compact" })),
  fine("a soft link to the kernel", "a.h5", model({ kind: "link", to: { soft: "/x" } }, [["x", HONEST]])),
  fine(
    "a user block",
    "a.h5",
    hdf5(legacyTree([{ spec: SPEC, weights: [KERNEL] }], MODEL), { userBlock: 512 }),
  ),
];

/** A config that says something else, the weights being honest. */
function config(name: string, text: string, code: Case["code"] & string): Case {
  return refusal(`config: ${name}`, "a.h5", model(HONEST, [], text), code);
}

const tree = (layerNames: readonly string[], weightNames: readonly string[]): H5Group =>
  group([["conv", group([["conv", group([["kernel:0", HONEST]])]], { weight_names: weightNames })]], {
    layer_names: layerNames,
    backend: "tensorflow",
    keras_version: "2.15.0",
  });

/** The same for what Keras writes into HDF5. */
export const kerasH5Cases: readonly Case[] = [
  config("not JSON", "{", "malformed"),
  config("a key twice", swapText(CONFIG, '"name":', '"name":"x","name":'), "ambiguous"),
  config("nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "limit"),
  config(
    "two layers of one name",
    swapText(CONFIG, '"layers":[', `"layers":[${JSON.stringify(layerOf(CONFIG))},`),
    "ambiguous",
  ),
  fine("a layer that is not there", "a.h5", hdf5(tree(["conv", "lost"], ["conv/kernel:0"])), "lost"),
  fine(
    "a weight that is not there",
    "a.h5",
    hdf5(tree(["conv"], ["conv/kernel:0", "conv/bias:0"])),
    "conv/bias:0",
  ),
  refusal("a layer twice", "a.h5", hdf5(tree(["conv", "conv"], ["conv/kernel:0"])), "ambiguous"),
  refusal("a weight twice", "a.h5", hdf5(tree(["conv"], ["conv/kernel:0", "conv/kernel:0"])), "ambiguous"),
  fine(
    "kernel that does not fit its config",
    "a.h5",
    model(weightDataset(float32Weight("kernel", [5, 3, 2, 4], { length: 120 }), false)),
    "3×3",
  ),
  fine("Keras 3 weights", "a.weights.h5", hdf5(weightsTree([{ spec: SPEC, weights: [KERNEL] }]))),
];

/** The convolution's own entry of a config. */
function layerOf(text: string): unknown {
  return (JSON.parse(text) as { config: { layers: unknown[] } }).config.layers[1];
}
