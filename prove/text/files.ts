import { indexFill, kerasWeights, type LayerSpec } from "../models/layer.ts";
import { torchConvolution } from "../models/torch.ts";
import { caffe } from "../writers/caffe.ts";
import { coreml } from "../writers/coreml.ts";
import { hdf5 } from "../writers/hdf5.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import {
  group,
  type KerasLayerFile,
  legacyTree,
  weightDataset,
  weightsTree,
} from "../writers/keras-files.ts";
import { flaxTree, msgpack } from "../writers/msgpack.ts";
import { npy } from "../writers/npy.ts";
import { onnx } from "../writers/onnx.ts";
import { pdparams } from "../writers/paddle.ts";
import { encode, message } from "../writers/protobuf.ts";
import { pt2, pt2Value, tensorArgument } from "../writers/pt2.ts";
import { jsonObject, safetensorsOf, safetensorsParts } from "../writers/safetensors.ts";
import { constant, node } from "../writers/tensorflow.ts";
import { stateDict, torchModule, torchStream, torchZip } from "../writers/torch.ts";
import { reach, torchScript } from "../writers/torchscript.ts";
import { float32Weight, utf8, type Weight } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import { engineNames } from "./engines.ts";

/** A file full of hostile names. */
export interface NamedFile {
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function spec(name: string): LayerSpec {
  const both = [1, 1] as const;
  return {
    name,
    kind: "conv",
    rank: 2,
    inputs: 1,
    outputs: 2,
    multiplier: 1,
    groups: 1,
    kernel: [2, 2],
    strides: both,
    dilation: both,
    bias: false,
    dtype: "float32",
  };
}

/** Every format with every name where it can hold one. Names that HDF5's old layout cannot hold are left out. */
export function namedFiles(names: readonly string[]): readonly NamedFile[] {
  const weights = names.map(
    (name): Weight =>
      float32Weight(
        name,
        [2, 1, 2, 2],
        Array.from({ length: 8 }, (_, at) => at),
      ),
  );
  const { entries, data } = safetensorsParts(weights);
  const metadata = [
    "__metadata__",
    Object.fromEntries(names.slice(0, 40).map((name) => [`k${name}`, name])),
  ] as const;
  // A zip's names are 65,535 bytes at most; HDF5 keeps a header message below 64 kB and stops a name at a NUL.
  const short = names.filter((name) => name.length < 20_000);
  const plain = short.filter(
    (name) =>
      name !== "" &&
      name !== "." &&
      !/[/\0]|[\ud800-\udfff]/.test(name.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "")),
  );
  const layers = plain.map(
    (name): KerasLayerFile => ({ spec: spec(name), weights: kerasWeights(spec(name), indexFill) }),
  );
  const chain = layers.map(({ spec: one, weights: own }, at) => ({
    spec: { ...one, inputs: at === 0 ? 1 : 2 },
    weights: own,
  }));
  const config = JSON.stringify(
    kerasConfig(
      chain.map(({ spec: one }) => one),
      2,
      [9, 9],
      names[0],
    ),
  );
  const tree = legacyTree(layers, { config, version: "\u001b[31m2.15" });
  const entry = (name: string): { name: string; bytes: Uint8Array } => ({
    name: `${name}.npy`,
    bytes: npy(weights[0]!),
  });
  return [
    { file: "names.safetensors", bytes: safetensorsOf(jsonObject([metadata, ...entries]), data) },
    ...torchFiles(weights),
    {
      file: "names.mlmodel",
      bytes: coreml(names.filter((name) => name !== "").map(spec), () => [weights[0]!]),
    },
    {
      file: "names.caffemodel",
      bytes: caffe(names.filter((name) => name !== "").map(spec), () => [weights[0]!]),
    },
    ...engineNames(names.filter((name) => name !== "").map(spec)),
    {
      file: "names.onnx",
      bytes: onnx(
        names.filter((name) => name !== "").map((name) => ({ ...spec(name), kernel: [2, 2] })),
        weights
          .filter(({ name }) => name !== "")
          .map((weight) => ({ ...weight, name: `${weight.name}.weight` })),
      ),
    },
    {
      file: "names.pb",
      // Nameless operators are none, and no two have one name.
      bytes: encode(
        message(
          [1, node("Placeholder", "x", [])],
          ...weights
            .filter(({ name }) => name !== "" && name !== "x")
            .flatMap((weight) => [
              [1, constant(weight)] as const,
              [1, node("Conv2D", `use of ${weight.name}`, ["x", weight.name])] as const,
            ]),
        ),
      ),
    },
    {
      file: "names.msgpack",
      // A name with a slash is a path here; two of one path, or a path through an array, are no tree.
      bytes: msgpack(flaxTree(weights.filter(({ name }) => !name.includes("/")))),
    },
    {
      file: "names-script.pt",
      bytes: torchScript({
        // A dot is a way through modules here.
        weights: weights.filter(({ name }) => name !== "" && !/[.\0\ud800-\udfff]/.test(name)),
        forward: weights.map(({ name }) => `y = torch.conv2d(x, ${reach(name)})`),
      }),
    },
    {
      file: "names.pdparams",
      bytes: pdparams(weights.filter(({ name }) => !/[\ud800-\udfff]/.test(name) && !name.endsWith("@@"))),
    },
    {
      file: "names.pt2",
      bytes: pt2({
        weights,
        nodes: weights.map(({ name }) => ({
          target: "torch.ops.aten.conv2d.default",
          inputs: { input: tensorArgument("x"), weight: tensorArgument(pt2Value(name)) },
          outputs: [`y${name}`],
        })),
      }),
    },
    {
      file: "names.npz",
      bytes: zip(
        short
          .filter(
            (name) =>
              !name.includes("\0") &&
              !/[\ud800-\udfff](?![\udc00-\udfff])/.test(name.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "")),
          )
          .map(entry),
      ),
    },
    { file: "whole.h5", bytes: hdf5(tree, { symbols: true }) },
    { file: "names.weights.h5", bytes: hdf5(weightsTree(layers)) },
    { file: "other.h5", bytes: hdf5(group(plain.map((name) => [name, weightDataset(weights[0]!, false)]))) },
    {
      file: "names.keras",
      bytes: zip([
        {
          name: "metadata.json",
          bytes: utf8(JSON.stringify({ keras_version: "\u001b[31m3", date_saved: "\u202e" })),
        },
        {
          name: "config.json",
          bytes: utf8(
            JSON.stringify(
              kerasConfig(
                chain.map(({ spec: one }) => one),
                3,
                [9, 9],
                names[0],
              ),
            ),
          ),
        },
        { name: "model.weights.h5", bytes: hdf5(weightsTree(layers)) },
      ]),
    },
  ];
}

/** Names as keys of a state dict, of modules and of classes, in both layouts. */
function torchFiles(weights: readonly Weight[]): readonly NamedFile[] {
  const { root, tensors } = stateDict(weights);
  const modules = tensors.map(({ node }, at) => {
    const { name } = weights[at]!;
    return [name, torchConvolution(spec(name), [["weight", node]])] as const;
  });
  const classes = weights.map(({ name }) => name.replaceAll("\n", " "));
  const others = classes.map((name, at) => [`class_${at}`, torchModule([name, name], [], [])] as const);
  const net = torchModule(["names", "Net"], [], [], [...modules, ...others]);
  return [
    { file: "names.pt", bytes: torchZip(root, tensors) },
    { file: "modules.pt", bytes: torchZip(net, tensors) },
    { file: "names.pth", bytes: torchStream(root, tensors) },
  ];
}
