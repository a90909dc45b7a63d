import type { FormatRow, Probe } from "./format.ts";
import { findSignature } from "./hdf5/signature.ts";
import { looksLikeKerasArchive, looksLikeWeightMap } from "./keras/recognise.ts";
import { isNumpy } from "./numpy-magic.ts";

/**
 * Every weight format, in the order in which they are asked. A new format is one file or folder beside this
 * one and one row here; heavy readers are only loaded when their bytes are met.
 */
export const formats: readonly FormatRow[] = [
  {
    name: "safetensors",
    title: "safetensors",
    extensions: ["safetensors"],
    matches: ({ head, name }) =>
      looksLikeSafetensors(head) || (head.length < 9 && /\.safetensors$/i.test(name)),
    load: () => import("./safetensors.ts"),
  },
  {
    name: "safetensors",
    title: "safetensors in several files (.safetensors.index.json)",
    extensions: ["safetensors.index.json"],
    matches: looksLikeSafetensorsIndex,
    load: () => import("./safetensors-index.ts"),
  },
  {
    name: "keras",
    title: "Keras 3 (.keras)",
    extensions: ["keras"],
    matches: looksLikeKerasArchive,
    load: () => import("./keras/archive.ts"),
  },
  {
    name: "keras",
    title: "Keras 3 weights in several files (.weights.json)",
    extensions: ["weights.json"],
    matches: looksLikeWeightMap,
    load: () => import("./keras/sharded.ts"),
  },
  {
    name: "hdf5",
    title: "Keras 2 and other HDF5 (.h5, .weights.h5)",
    extensions: ["h5", "hdf5"],
    matches: ({ head }) => findSignature(head) !== null,
    load: () => import("./keras/hdf5.ts"),
  },
  {
    name: "npy",
    title: "NumPy array (.npy)",
    extensions: ["npy"],
    matches: ({ head }) => isNumpy(head),
    load: () => import("./numpy.ts"),
  },
  {
    name: "npz",
    title: "NumPy archive (.npz)",
    extensions: ["npz"],
    matches: ({ zipEntries, name }) =>
      zipEntries !== null &&
      (zipEntries.some((entry) => entry.endsWith(".npy")) ||
        (zipEntries.length === 0 && /\.npz$/i.test(name))),
    load: () => import("./numpy-zip.ts"),
  },
];

/** A header length below 2^48, then the JSON object. */
function looksLikeSafetensors(head: Uint8Array): boolean {
  return head.length >= 9 && head[6] === 0 && head[7] === 0 && head[8] === 0x7b;
}

/** A JSON object that mentions a weight map and shards of this format. */
function looksLikeSafetensorsIndex({ head, tail, name }: Probe): boolean {
  const text = new TextDecoder("latin1").decode(head);
  if (!/^\s*\{/.test(text)) return false;
  if (/\.safetensors\.index\.json$/i.test(name)) return true;
  return text.includes('"weight_map"') && new TextDecoder("latin1").decode(tail).includes('.safetensors"');
}
