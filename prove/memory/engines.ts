import { darknetConfig } from "../writers/darknet.ts";
import { flatbuffer, ints, number, table, tables, text } from "../writers/flatbuffer.ts";
import { ggufText } from "../writers/gguf.ts";
import { concat, little, utf8 } from "../writers/weight.ts";
import { kernelBytes, type LargeModel, type LargeSize, oneFile } from "./large.ts";

/** Where values begin behind what states them. */
const START = 65_536;

/** Values behind the flatbuffer, where models above 2 GB keep them: a dense weight, then the kernel. */
function largeTflite(size: LargeSize): LargeModel {
  const bytes = kernelBytes(size);
  const [height, width, inputs, outputs] = size.kernel;
  const buffer = (offset: number, length: number) => table([1, number(offset, 8)], [2, number(length, 8)]);
  const constant = (name: string, shape: readonly number[], index: number) =>
    table([0, ints(shape)], [1, number(0, 1)], [2, number(index, 4)], [3, text(name)]);
  const tensors = [
    table([0, ints([1, 16, 16, inputs])], [1, number(0, 1)], [3, text("input")]),
    constant("dense", [size.rest / 4096, 1024], 1),
    constant("conv/convolution", [outputs, height, width, inputs], 2),
    table([0, ints([1, 16, 16, outputs])], [1, number(0, 1)], [3, text("conv")]),
  ];
  const operator = table(
    [0, number(0, 4)],
    [1, ints([0, 2, -1])],
    [2, ints([3])],
    [4, table([1, number(1, 4)], [2, number(1, 4)])],
  );
  const graph = table([0, tables(tensors)], [1, ints([0])], [2, ints([3])], [3, tables([operator])]);
  const buffers = [table(), buffer(START, size.rest), buffer(START + size.rest, bytes)];
  const model = table(
    [0, number(3, 4)],
    [1, tables([table([0, number(3, 1)], [3, number(3, 4)])])],
    [2, tables([graph])],
    [4, tables(buffers)],
  );
  const pieces = [{ offset: 0, bytes: flatbuffer(model, "TFL3") }];
  return oneFile("large.tflite", { size: START + size.rest + bytes, pieces });
}

function largeGguf(size: LargeSize): LargeModel {
  const entry = (name: string, extents: readonly number[], offset: number): Uint8Array =>
    concat([
      ggufText(name),
      little(extents.length, 4),
      ...extents.map((extent) => little(extent, 8)),
      little(0, 4),
      little(offset, 8),
    ]);
  const [height, width, inputs, outputs] = size.kernel;
  const head = concat([
    utf8("GGUF"),
    little(3, 4),
    little(2, 8),
    little(0, 8),
    entry("token_embd.weight", [1024, size.rest / 4096], 0),
    entry("conv.weight", [width, height, inputs, outputs], size.rest),
  ]);
  const start = Math.ceil(head.length / 32) * 32;
  const pieces = [{ offset: 0, bytes: head }];
  return oneFile("large.gguf", { size: start + size.rest + kernelBytes(size), pieces });
}

function largeOpenvino(size: LargeSize): LargeModel {
  const [height, width, inputs, outputs] = size.kernel;
  const bytes = kernelBytes(size);
  const port = (id: number, dims: readonly number[]): string =>
    `<port id="${id}">${dims.map((dim) => `<dim>${dim}</dim>`).join("")}</port>`;
  const constant = (id: number, shape: readonly number[], offset: number, length: number): string =>
    `<layer id="${id}" name="w${id}" type="Const"><data element_type="f32" shape="${shape}" offset="${offset}" size="${length}"/><output>${port(0, shape)}</output></layer>`;
  const kernel = [outputs, inputs, height, width];
  const layers = [
    `<layer id="0" name="x" type="Parameter"><output>${port(0, [1, inputs, 16, 16])}</output></layer>`,
    constant(1, [size.rest / 4096, 1024], 0, size.rest),
    constant(2, kernel, size.rest, bytes),
    `<layer id="3" name="conv" type="Convolution"><data strides="1,1" auto_pad="valid"/><input>${port(0, [1, inputs, 16, 16])}${port(1, kernel)}</input><output>${port(2, [1, outputs, 14, 14])}</output></layer>`,
  ];
  const edges =
    '<edge from-layer="0" from-port="0" to-layer="3" to-port="0"/><edge from-layer="2" from-port="0" to-layer="3" to-port="1"/>';
  const xml = `<net version="11"><layers>${layers.join("")}</layers><edges>${edges}</edges></net>`;
  return {
    main: "large.xml",
    files: new Map([
      ["large.xml", { size: xml.length, pieces: [{ offset: 0, bytes: utf8(xml) }] }],
      ["large.bin", { size: size.rest + bytes, pieces: [] }],
    ]),
  };
}

/** A fully connected layer that fills the file, then the convolution. */
function largeDarknet(size: LargeSize): LargeModel {
  const [height, , inputs, outputs] = size.kernel;
  const net = darknetConfig([]).replace(
    /height=\d+\nwidth=\d+\nchannels=\d+/,
    "height=1\nwidth=1\nchannels=1",
  );
  const wide = size.rest / 4096;
  const config = `${net}\n[connected]\noutput=1024\n[connected]\noutput=${wide}\n[connected]\noutput=${inputs}\n[convolutional]\nfilters=${outputs}\nsize=${height}\npad=1\n`;
  const dense = 1024 * 2 + wide * 1025 + inputs * (wide + 1);
  const total = 20 + (dense + outputs) * 4 + kernelBytes(size);
  const head = concat([little(0, 4), little(2, 4), little(5, 4), little(0, 8)]);
  return {
    main: "large.weights",
    files: new Map([
      ["large.cfg", { size: config.length, pieces: [{ offset: 0, bytes: utf8(config) }] }],
      ["large.weights", { size: total, pieces: [{ offset: 0, bytes: head }] }],
    ]),
  };
}

/** Files of the engines' formats that are mostly holes. */
export function largeEngines(size: LargeSize): readonly LargeModel[] {
  return [largeTflite(size), largeGguf(size), largeOpenvino(size), largeDarknet(size)];
}
