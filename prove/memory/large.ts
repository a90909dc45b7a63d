import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LayerSpec } from "../models/layer.ts";
import { type H5Group, hdf5Pieces, type SparseFile } from "../writers/hdf5.ts";
import { floatType } from "../writers/hdf5-messages.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import { group } from "../writers/keras-files.ts";
import { npy } from "../writers/npy.ts";
import { jsonObject, safetensorsOf } from "../writers/safetensors.ts";
import { utf8 } from "../writers/weight.ts";
import { largeCaffe } from "./caffe.ts";
import { largeCoreml } from "./coreml.ts";
import { largeEngines } from "./engines.ts";
import { largeFlax } from "./flax.ts";
import { largeOnnx } from "./onnx.ts";
import { largePaddle } from "./paddle.ts";
import { largePt2 } from "./pt2.ts";
import { sparseZip } from "./sparse-zip.ts";
import { largeTar } from "./tar.ts";
import { largeTensorFlow } from "./tensorflow.ts";
import { largeTorch } from "./torch.ts";
import { largeTorchScript } from "./torchscript.ts";

/** How large a model is to be: one kernel that is read, and a dense weight before it that is not. */
export interface LargeSize {
  /** The kernel in Keras's order [height, width, in, out], float32. */
  readonly kernel: readonly [height: number, width: number, inputs: number, outputs: number];
  /** Bytes of the dense weight [rest / 4096, 1024], float32. */
  readonly rest: number;
}

/** About eight gigabytes, which no machine holds in memory by accident; the kernel has 14 MB. */
export const LARGE: LargeSize = { kernel: [3, 3, 512, 768], rest: 8 * 1024 ** 3 };

/** Files of one model that are mostly holes; `main` is the one to open. */
export interface LargeModel {
  readonly main: string;
  readonly files: ReadonlyMap<string, SparseFile>;
}

/** Bytes of the kernel. */
export function kernelBytes({ kernel }: LargeSize): number {
  return kernel.reduce((product, extent) => product * extent, 4);
}

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
function tree(size: LargeSize, config: string | null): H5Group {
  const type = floatType(4, 8);
  const kernel = { kind: "dataset" as const, type, shape: size.kernel, length: kernelBytes(size) };
  const rest = { kind: "dataset" as const, type, shape: [size.rest / 4096, 1024], length: size.rest };
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

/** A model that is one file. */
export function oneFile(main: string, file: SparseFile): LargeModel {
  return { main, files: new Map([[main, file]]) };
}

/** Models of this size, one per format; each holds one convolution, its last layer. */
export function largeModels(size: LargeSize): readonly LargeModel[] {
  const { kernel, rest } = size;
  const config = kerasConfig([spec("conv", kernel)], 2, [16, 16]);
  const three = JSON.stringify(kerasConfig([spec("conv", kernel)], 3, [16, 16]));
  const end = rest + kernelBytes(size);
  const header = jsonObject([
    ["rest", { dtype: "F32", shape: [rest / 4096, 1024], data_offsets: [0, rest] }],
    ["conv.weight", { dtype: "F32", shape: kernel.toReversed(), data_offsets: [rest, end] }],
  ]);
  const store = hdf5Pieces(tree(size, null), { symbols: true });
  const legacy = tree(size, JSON.stringify(config));
  return [
    oneFile("large.safetensors", headed(safetensorsOf(header, new Uint8Array()), end)),
    largeFlax(size),
    largePt2(size),
    largePaddle(size),
    largeTorchScript(size),
    largeTar("large.safetensors", headed(safetensorsOf(header, new Uint8Array()), end)),
    largeOnnx(size),
    ...largeTorch(size),
    largeCaffe(size),
    largeCoreml(size),
    ...largeEngines(size),
    ...largeTensorFlow(size),
    oneFile("large.npy", headed(npyHead([3, 3, Math.floor(rest / 4 / 9 / 4096), 4096]), rest)),
    oneFile(
      "large.npz",
      sparseZip([
        { name: "rest.npy", ...headed(npyHead([rest / 4096, 1024]), rest) },
        {
          name: "conv.npy",
          ...whole(new Uint8Array([...npyHead(kernel), ...new Uint8Array(kernelBytes(size))])),
        },
      ]),
    ),
    oneFile("large.h5", hdf5Pieces(legacy, { symbols: true })),
    oneFile("large-by-library.h5", hdf5Pieces(legacy)),
    oneFile("large.weights.h5", store),
    oneFile(
      "large.keras",
      sparseZip([
        { name: "metadata.json", ...whole(utf8('{"keras_version":"3.15.1"}')) },
        { name: "config.json", ...whole(utf8(three)) },
        { name: "model.weights.h5", ...store },
      ]),
    ),
  ];
}

/** Writes a model's files into `folder`, their holes taking no room on the disk; returns the path of its main file. */
export function writeLarge(folder: string, { main, files }: LargeModel): string {
  for (const [name, file] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeSparse(join(folder, name), file);
  }
  return join(folder, main);
}

/** Writes a file whose holes take no room on the disk. */
function writeSparse(path: string, { size, pieces }: SparseFile): void {
  const file = openSync(path, "w");
  try {
    ftruncateSync(file, size);
    for (const { offset, bytes } of pieces) writeSync(file, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(file);
  }
}
