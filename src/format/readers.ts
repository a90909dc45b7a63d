import { hasTarChecksum } from "../codec/tar-header.ts";
import { looksLikeCaffe } from "./caffe/recognise.ts";
import { looksLikeCoreml, looksLikePackage } from "./coreml/recognise.ts";
import { looksLikeWeights } from "./darknet/header.ts";
import { isConfig, isWeightsName } from "./darknet/siblings.ts";
import { looksLikeFlax } from "./flax/recognise.ts";
import type { Probe, Reader } from "./format.ts";
import type { FormatTitle } from "./formats.ts";
import { findSignature } from "./hdf5/signature.ts";
import { looksLikeKerasArchive, looksLikeWeightMap } from "./keras/recognise.ts";
import { isNumpy } from "./numpy-magic.ts";
import { looksLikeOnnx } from "./onnx/recognise.ts";
import { looksLikeIr } from "./openvino/recognise.ts";
import { paddleKind } from "./paddle/recognise.ts";
import { looksLikePt2 } from "./pt2/recognise.ts";
import { looksLikeCheckpoint, looksLikeGraph, looksLikeSavedModel } from "./tensorflow/recognise.ts";
import { looksLikeTfjs } from "./tfjs/recognise.ts";
import { looksLikeTorch } from "./torch/recognise.ts";
import { looksLikeTorchScript } from "./torchscript/recognise.ts";

/**
 * How the files of each row of the table `formats` are told and read. Loaded with the first file; a reader itself is
 * only loaded when its bytes are met.
 */
export const readers: Readonly<Record<FormatTitle, Reader>> = {
  safetensors: {
    matches: ({ head, name }) =>
      looksLikeSafetensors(head) || (head.length < 9 && /\.safetensors$/i.test(name)),
    load: () => import("./safetensors.ts"),
  },
  "safetensors in several files (.safetensors.index.json)": {
    matches: (probe) => looksLikeIndex(probe, "safetensors"),
    load: () => import("./safetensors-index.ts"),
  },
  "Keras 3 (.keras)": { matches: looksLikeKerasArchive, load: () => import("./keras/archive.ts") },
  "Keras 3 weights in several files (.weights.json)": {
    matches: looksLikeWeightMap,
    load: () => import("./keras/sharded.ts"),
  },
  "MATLAB 7.3 (.mat)": {
    matches: ({ head }) => latin(head, 0, 19) === "MATLAB 7.3 MAT-file" && findSignature(head) !== null,
    load: () => import("./matlab/matlab.ts"),
  },
  "Keras 2 and other HDF5 (.h5, .weights.h5)": {
    matches: ({ head }) => findSignature(head) !== null,
    load: () => import("./keras/hdf5.ts"),
  },
  "PyTorch exported program (.pt2)": { matches: looksLikePt2, load: () => import("./pt2/pt2.ts") },
  "TensorFlow checkpoint (.index)": {
    matches: looksLikeCheckpoint,
    load: () => import("./tensorflow/checkpoint.ts"),
  },
  "TensorFlow SavedModel (saved_model.pb)": {
    matches: looksLikeSavedModel,
    load: () => import("./tensorflow/saved-model.ts"),
  },
  "TensorFlow frozen graph (.pb)": {
    matches: looksLikeGraph,
    load: () => import("./tensorflow/frozen-graph.ts"),
  },
  "TensorFlow.js (model.json)": {
    matches: looksLikeTfjs,
    load: () => import("./tfjs/tfjs.ts"),
  },
  "PaddlePaddle (.pdparams, .pdmodel with .pdiparams)": {
    matches: (probe) => paddleKind(probe) !== null,
    load: () => import("./paddle/paddle.ts"),
  },
  "NumPy array (.npy)": { matches: ({ head }) => isNumpy(head), load: () => import("./numpy.ts") },
  "NumPy archive (.npz)": {
    matches: ({ zipEntries, name }) =>
      zipEntries !== null &&
      (zipEntries.some((entry) => entry.endsWith(".npy")) ||
        (zipEntries.length === 0 && /\.npz$/i.test(name))),
    load: () => import("./numpy-zip.ts"),
  },
  "Zip archive of a model (.zip)": {
    matches: ({ zipEntries }) =>
      zipEntries !== null && !zipEntries.some((entry) => /(^|\/)data\.pkl$/.test(entry)),
    load: () => import("./container-zip.ts"),
  },
  "Tar archive of a model (.tar)": {
    matches: ({ head }) => hasTarChecksum(head),
    load: () => import("./container-tar.ts"),
  },
  "Any of these compressed with gzip (.gz, .tgz)": {
    // The shortest has a header of 10 bytes and a trailer of 8.
    matches: ({ head, size }) => head[0] === 0x1f && head[1] === 0x8b && size >= 18,
    load: () => import("./container-gzip.ts"),
  },
  "Flax (.msgpack)": { matches: looksLikeFlax, load: () => import("./flax/flax.ts") },
  "ONNX (.onnx)": { matches: looksLikeOnnx, load: () => import("./onnx/onnx.ts") },
  "Core ML (.mlmodel, .mlpackage)": {
    matches: (probe) => looksLikeCoreml(probe) || looksLikePackage(probe),
    load: () => import("./coreml/open.ts"),
  },
  "Caffe (.caffemodel)": { matches: looksLikeCaffe, load: () => import("./caffe/caffe.ts") },
  "TensorFlow Lite (.tflite)": {
    matches: ({ head }) => latin(head, 4, 8) === "TFL3",
    load: () => import("./tflite/tflite.ts"),
  },
  "TorchScript (.pt, .ts, .ptl)": {
    matches: looksLikeTorchScript,
    load: () => import("./torchscript/torchscript.ts"),
  },
  "PyTorch (.pt, .pth, .bin, .ckpt)": {
    matches: (probe) => looksLikeTorch(probe) || looksLikeIndex(probe, "bin"),
    load: () => import("./torch/torch.ts"),
  },
  "GGUF (.gguf)": {
    matches: ({ head }) => latin(head, 0, 4) === "GGUF",
    load: () => import("./gguf/gguf.ts"),
  },
  "Darknet (.weights with .cfg)": {
    matches: ({ head, name }) => isConfig(head, name) || (isWeightsName(name) && looksLikeWeights(head)),
    load: () => import("./darknet/darknet.ts"),
  },
  "OpenVINO (.xml with .bin)": {
    // Its weights begin with no mark: whatever else is called .bin must be told by the rows before.
    matches: ({ head, name }) => looksLikeIr(head) || /\.bin$/i.test(name),
    load: () => import("./openvino/openvino.ts"),
  },
};

/** Bytes `from` to `to` as text, for marks of a few letters. */
function latin(head: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...head.subarray(from, to));
}

/** A header length below 2^48, then the JSON object. */
function looksLikeSafetensors(head: Uint8Array): boolean {
  return head.length >= 9 && head[6] === 0 && head[7] === 0 && head[8] === 0x7b;
}

/** A JSON object that mentions a weight map and shards with this ending. */
function looksLikeIndex({ head, tail, name }: Probe, ending: "safetensors" | "bin"): boolean {
  const text = new TextDecoder("latin1").decode(head);
  if (!/^\s*\{/.test(text)) return false;
  if (new RegExp(`\\.${ending}\\.index(\\.[\\w-]+)?\\.json$`, "i").test(name)) return true;
  return text.includes('"weight_map"') && new TextDecoder("latin1").decode(tail).includes(`.${ending}"`);
}
