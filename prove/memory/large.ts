import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { LayerSpec } from "../models/layer.ts";
import { type H5Group, hdf5Pieces, type SparseFile } from "../writers/hdf5.ts";
import { floatType } from "../writers/hdf5-messages.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import { group } from "../writers/keras-files.ts";
import { npy } from "../writers/npy.ts";
import { jsonObject, safetensorsOf } from "../writers/safetensors.ts";
import { utf8 } from "../writers/weight.ts";
import { sparseZip } from "./sparse-zip.ts";

/** Bytes of a file that no machine holds in memory by accident. */
const LARGE = 8 * 1024 ** 3;
/** The kernel that is read: 3x3, 512 inputs, 768 filters, float32. */
const SHAPE = [3, 3, 512, 768] as const;
export const KERNEL_BYTES = SHAPE.reduce((product, extent) => product * extent, 4);

function spec(name: string, shape: readonly number[]): LayerSpec {
  const both = [1, 1] as const;
  return {
    name,
    kind: "conv",
    rank: 2,
    inputs: shape[2]!,
    outputs: shape[3]!,
    multiplier: 1,
    groups: 1,
    kernel: shape.slice(0, 2),
    strides: both,
    dilation: both,
    bias: false,
    dtype: "float32",
  };
}

/** A dense weight that fills the file, and the kernel behind it. */
function tree(config: string | null): H5Group {
  const type = floatType(4, 8);
  const kernel = { kind: "dataset" as const, type, shape: SHAPE, length: KERNEL_BYTES };
  const rest = { kind: "dataset" as const, type, shape: [LARGE / 4 / 1024, 1024], length: LARGE };
  if (config === null) {
    const vars = (name: string, node: typeof kernel | typeof rest): H5Group =>
      group([["vars", group([["0", node]], { name })]]);
    return group([
      [
        "layers",
        group([
          ["dense", vars("dense", rest)],
          ["conv2d", vars("conv", kernel)],
        ]),
      ],
    ]);
  }
  const layer = (name: string, node: typeof kernel | typeof rest): [string, H5Group] => [
    name,
    group([[name, group([["kernel:0", node]])]], { weight_names: [`${name}/kernel:0`] }),
  ];
  const weights = group([layer("dense", rest), layer("conv", kernel)], {
    layer_names: ["dense", "conv"],
    keras_version: "2.15.0",
    backend: "tensorflow",
  });
  return group([["model_weights", weights]], { model_config: config, keras_version: "2.15.0" });
}

function whole(bytes: Uint8Array): SparseFile {
  return { size: bytes.length, pieces: [{ offset: 0, bytes }] };
}

/** A header in front of a hole. */
function headed(bytes: Uint8Array, hole: number): SparseFile {
  return { size: bytes.length + hole, pieces: [{ offset: 0, bytes }] };
}

/** An honest npy header for so many values that are not there. */
function npyHead(shape: readonly number[]): Uint8Array {
  return npy({ name: "", dtype: "float32", shape, bytes: new Uint8Array() });
}

/** Files of about eight gigabytes, one per format; each holds one convolution of KERNEL_BYTES. */
export function largeFiles(): ReadonlyMap<string, SparseFile> {
  const config = kerasConfig([spec("conv", SHAPE)], 2, [16, 16]);
  const three = JSON.stringify(kerasConfig([spec("conv", SHAPE)], 3, [16, 16]));
  const header = jsonObject([
    ["rest", { dtype: "F32", shape: [LARGE / 4 / 1024, 1024], data_offsets: [0, LARGE] }],
    ["conv.weight", { dtype: "F32", shape: SHAPE.toReversed(), data_offsets: [LARGE, LARGE + KERNEL_BYTES] }],
  ]);
  const store = hdf5Pieces(tree(null), { symbols: true });
  return new Map([
    ["large.safetensors", headed(safetensorsOf(header, new Uint8Array()), LARGE + KERNEL_BYTES)],
    ["large.npy", headed(npyHead([3, 3, LARGE / 4 / 9 / 4096, 4096].map(Math.floor)), LARGE)],
    [
      "large.npz",
      sparseZip([
        { name: "rest.npy", ...headed(npyHead([LARGE / 4 / 1024, 1024]), LARGE) },
        { name: "conv.npy", ...whole(new Uint8Array([...npyHead(SHAPE), ...new Uint8Array(KERNEL_BYTES)])) },
      ]),
    ],
    ["large.h5", hdf5Pieces(tree(JSON.stringify(config)), { symbols: true })],
    ["large-by-library.h5", hdf5Pieces(tree(JSON.stringify(config)))],
    ["large.weights.h5", store],
    [
      "large.keras",
      sparseZip([
        { name: "metadata.json", ...whole(utf8('{"keras_version":"3.15.1"}')) },
        { name: "config.json", ...whole(utf8(three)) },
        { name: "model.weights.h5", ...store },
      ]),
    ],
  ]);
}

/** Writes a file whose holes take no room on the disk. */
export function writeSparse(path: string, { size, pieces }: SparseFile): void {
  const file = openSync(path, "w");
  try {
    ftruncateSync(file, size);
    for (const { offset, bytes } of pieces) writeSync(file, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(file);
  }
}
