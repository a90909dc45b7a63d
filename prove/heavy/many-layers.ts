import type { LayerSpec } from "../models/layer.ts";
import type { ModelFiles } from "../models/random-model.ts";
import { oneFile, smallSpec } from "../models/small.ts";
import { caffe } from "../writers/caffe.ts";
import { coreml } from "../writers/coreml.ts";
import { darknetConfig } from "../writers/darknet.ts";
import { ints, number, table, tables, text, vector } from "../writers/flatbuffer.ts";
import { ggufOf, ggufParts } from "../writers/gguf.ts";
import { blobValue, constOp, convOp, mlpackage, programModel, weightFile } from "../writers/mil.ts";
import { flaxArray, msgpack } from "../writers/msgpack.ts";
import { onnx } from "../writers/onnx.ts";
import { openvino } from "../writers/openvino.ts";
import { opDesc, pdiparams, pdparams, programDesc, varDesc } from "../writers/paddle.ts";
import { encode } from "../writers/protobuf.ts";
import { pt2, pt2Value, tensorArgument } from "../writers/pt2.ts";
import { bundle } from "../writers/tensorflow.ts";
import { tflite } from "../writers/tflite.ts";
import { stateDict, torchZip } from "../writers/torch.ts";
import { reach, torchScript } from "../writers/torchscript.ts";
import { float32Weight, utf8, type Weight } from "../writers/weight.ts";

/** A file that takes a while to make and to list. */
export interface HeavyFile {
  readonly label: string;
  make(): ModelFiles;
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `conv${at}`);
const specs = (count: number): readonly LayerSpec[] => names(count).map((name) => smallSpec(name));
const kernel = (name: string): Weight => float32Weight(name, [1, 1, 1, 1], [1]);
const kernels = (count: number, name = (at: number): string => `conv${at}.weight`): readonly Weight[] =>
  Array.from({ length: count }, (_, at) => kernel(name(at)));

/** One layer after the other, as many as a format lets pass; far more than any real network has. */
export const manyLayers: readonly HeavyFile[] = [
  {
    label: "Flax, 50,000 kernels",
    make: () => flax(50_000, (at) => [`c${at}`, { map: [["kernel", flaxArray(kernel(""))]] }]),
  },
  {
    label: "Flax, 200,000 arrays",
    make: () => flax(200_000, (at) => [`c${at}`, flaxArray(float32Weight("", [1], [1]))]),
  },
  { label: "Flax, 399,999 numbers", make: () => flax(399_999, (at) => [`c${at}`, at]) },
  {
    label: "GGUF, 50,000 kernels",
    make: () => oneFile("a.gguf", ggufOf(ggufParts(kernels(50_000), 32))),
  },
  {
    label: "Core ML, 40,000 layers",
    make: () =>
      oneFile(
        "a.mlmodel",
        coreml(specs(40_000), () => [kernel("")]),
      ),
  },
  { label: "Core ML, a program of 20,000 convolutions", make: () => program(20_000) },
  {
    label: "Caffe, 18,000 layers",
    make: () =>
      oneFile(
        "a.caffemodel",
        caffe(specs(18_000), () => [kernel("")]),
      ),
  },
  {
    label: "ONNX, 25,000 nodes",
    make: () => oneFile("a.onnx", onnx(specs(25_000), kernels(25_000))),
  },
  { label: "PaddlePaddle, 20,000 operators", make: () => paddle(20_000) },
  { label: "PaddlePaddle, 20,000 parameters", make: () => oneFile("a.pdparams", pdparams(kernels(20_000))) },
  { label: "Darknet, 25,000 layers", make: () => darknet(25_000) },
  { label: "OpenVINO, 11,000 convolutions", make: () => openvinoLayers(11_000) },
  { label: "OpenVINO, 4,000,000 extents", make: () => openvinoText("<dim>1</dim>") },
  { label: "OpenVINO, ports", make: () => openvinoText('<port id="1"></port>') },
  { label: "OpenVINO, attributes", make: () => openvinoAttributes() },
  { label: "OpenVINO, edges", make: () => openvinoEdges() },
  { label: "TensorFlow Lite, as many tables as may be", make: () => tfliteLayers(16_000) },
  { label: "PyTorch program of 20,000 convolutions", make: () => pt2Layers(20_000) },
  { label: "TorchScript, 20,000 convolutions", make: () => script(20_000) },
  { label: "PyTorch, 30,000 tensors", make: () => torch(30_000) },
  { label: "TensorFlow checkpoint of 10,000 kernels", make: () => checkpoint(10_000) },
];

function flax(
  count: number,
  member: (at: number) => readonly [string, Parameters<typeof msgpack>[0]],
): ModelFiles {
  return oneFile("a.msgpack", msgpack({ map: Array.from({ length: count }, (_, at) => member(at)) }));
}

function program(count: number): ModelFiles {
  const weights = kernels(count, (at) => `w${at}`);
  const { bytes, offsets } = weightFile(weights);
  const operations = weights.flatMap((weight, at) => [
    constOp(weight.name, blobValue(weight, offsets[at]!)),
    convOp(`c${at}`, weight.name, { strides: [1, 1] }, false),
  ]);
  return { main: "Manifest.json", files: mlpackage(programModel(operations), bytes) };
}

function paddle(count: number): ModelFiles {
  const weights = kernels(count);
  const operators = weights.map(({ name }) =>
    opDesc("conv2d", { Input: "x", Filter: name }, { Output: `${name}.y` }, { strides: [1, 1], groups: 1 }),
  );
  const bytes = encode(
    programDesc(
      weights.map((weight) => varDesc(weight)),
      operators,
    ),
  );
  return {
    main: "a.pdmodel",
    files: new Map([
      ["a.pdmodel", bytes],
      ["a.pdiparams", pdiparams(weights)],
    ]),
  };
}

/** Sections as short as can be: defaults stand for the rest. */
function darknet(count: number): ModelFiles {
  const config = `${darknetConfig([])}\n${"[convolutional]\nsize=1\n".repeat(count)}`;
  const header = new Uint8Array(20);
  header[4] = 2;
  const weights = new Uint8Array(header.length + count * 8);
  weights.set(header);
  return {
    main: "a.weights",
    files: new Map([
      ["a.cfg", utf8(config)],
      ["a.weights", weights],
    ]),
  };
}

function openvinoLayers(count: number): ModelFiles {
  const files = openvino(specs(count).map((spec) => ({ spec, weight: kernel(`${spec.name}.w`) })));
  return { main: "net.xml", files };
}

const IR_BYTES = 32 * 1024 ** 2;

function ir(layers: string): ModelFiles {
  const xml = `<net version="11"><layers>${layers}</layers></net>`;
  return {
    main: "net.xml",
    files: new Map([
      ["net.xml", utf8(xml)],
      ["net.bin", new Uint8Array(4)],
    ]),
  };
}

function openvinoText(part: string): ModelFiles {
  const many = part.repeat(Math.floor((IR_BYTES - 300) / part.length));
  const ports = part.startsWith("<dim") ? `<port id="0">${many}</port>` : many;
  return ir(`<layer id="0" name="x" type="Parameter"><output>${ports}</output></layer>`);
}

function openvinoAttributes(): ModelFiles {
  const parts: string[] = [];
  for (let at = 0, length = 0; length < IR_BYTES - 300; at++)
    length += parts[parts.push(` a${at}=""`) - 1]!.length;
  parts.pop();
  return ir(`<layer id="0" name="x" type="Parameter"><data${parts.join("")}/></layer>`);
}

function openvinoEdges(): ModelFiles {
  const parts: string[] = [];
  for (let at = 0, length = 0; length < IR_BYTES - 300; at++)
    length += parts[parts.push(`<edge to-layer="${at}"/>`) - 1]!.length;
  parts.pop();
  return ir(`<layer id="0" name="x" type="Parameter"/></layers>${parts.join("")}<layers>`);
}

/** Convolutions that all read one input; four tables each. */
function tfliteLayers(count: number): ModelFiles {
  const tensor = (name: string, buffer: number): ReturnType<typeof table> =>
    table([0, ints([1, 1, 1, 1])], [2, number(buffer, 4)], [3, text(name)]);
  const empty = tensor("x", 0);
  const weights = Array.from({ length: count }, (_, at) => tensor(`w${at}`, at + 1));
  const outputs = Array.from({ length: count }, (_, at) => tensor(`y${at}`, 0));
  const operators = weights.map((_, at) => table([1, ints([0, at + 1, -1])], [2, ints([count + at + 1])]));
  const buffers = [table(), ...weights.map(() => table([0, vector(new Uint8Array(4))]))];
  const graph = table([0, tables([empty, ...weights, ...outputs])], [3, tables(operators)]);
  const codes = tables([table([0, number(3, 1)], [3, number(3, 4)])]);
  return oneFile(
    "a.tflite",
    tflite(table([0, number(3, 4)], [1, codes], [2, tables([graph])], [4, tables(buffers)])),
  );
}

function pt2Layers(count: number): ModelFiles {
  const weights = kernels(count);
  const nodes = weights.map(({ name }, at) => ({
    target: "torch.ops.aten.conv2d.default",
    inputs: { input: tensorArgument("x"), weight: tensorArgument(pt2Value(name)) },
    outputs: [`y${at}`],
  }));
  return oneFile("a.pt2", pt2({ weights, nodes }));
}

function script(count: number): ModelFiles {
  const weights = kernels(count, (at) => `w${at}`);
  const forward = weights.map(({ name }) => `y = torch.conv2d(x, ${reach(name)})`);
  return oneFile("a.pt", torchScript({ weights, forward }));
}

function torch(count: number): ModelFiles {
  const { root, tensors } = stateDict(kernels(count));
  return oneFile("a.pt", torchZip(root, tensors));
}

function checkpoint(count: number): ModelFiles {
  return {
    main: "a.index",
    files: bundle(
      "a",
      kernels(count, (at) => `conv${at}/kernel`),
      { perBlock: 100 },
    ),
  };
}
