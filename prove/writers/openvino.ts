import type { LayerSpec } from "../models/layer.ts";
import { concat, utf8, type Weight } from "./weight.ts";

/** OpenVINO's names of dtypes, and the precision of ports. */
const TYPES: Readonly<Record<string, readonly [string, string]>> = {
  float32: ["f32", "FP32"],
  float16: ["f16", "FP16"],
  bfloat16: ["bf16", "BF16"],
  float64: ["f64", "FP64"],
  int8: ["i8", "I8"],
  uint8: ["u8", "U8"],
};

/** Text as an attribute holds it. */
function escaped(text: string): string {
  return text.replace(/[<>&"\p{Cc}\p{Cs}]/gu, (character) => `&#${character.codePointAt(0)};`);
}

function port(id: number, dims: readonly number[], precision = "FP32"): string {
  return `<port id="${id}" precision="${precision}">${dims.map((dim) => `<dim>${dim}</dim>`).join("")}</port>`;
}

/** One convolution with its kernel in OpenVINO's shape ([G, O, I, k…] with groups). */
export interface IrConvolution {
  readonly spec: LayerSpec;
  readonly weight: Weight;
}

/** The network and its weights as two files; `turn` may change the XML. */
export function openvino(
  layers: readonly IrConvolution[],
  turn: (xml: string) => string = (xml) => xml,
): Map<string, Uint8Array<ArrayBuffer>> {
  const parts: string[] = [];
  const edges: string[] = [];
  const data: Uint8Array[] = [];
  let [id, at] = [0, 0];
  let input = id++;
  const dims = (channels: number, rank: number): number[] => [
    1,
    channels,
    ...new Array<number>(rank).fill(9),
  ];
  const first = layers[0]!.spec;
  parts.push(
    `<layer id="${input}" name="x" type="Parameter" version="opset1"><output>${port(0, dims(first.inputs, first.rank))}</output></layer>`,
  );
  for (const { spec, weight } of layers) {
    const [element, precision] = TYPES[weight.dtype]!;
    const grouped = spec.groups > 1 || spec.kind === "depthwise";
    const type = `${grouped ? "Group" : ""}Convolution${spec.kind === "transposed" ? "BackpropData" : ""}`;
    const [constant, convert, own] = [id++, id++, id++];
    const list = (numbers: readonly number[]): string => numbers.join(",");
    parts.push(
      `<layer id="${constant}" name="${escaped(weight.name)}" type="Const" version="opset1"><data element_type="${element}" shape="${list(weight.shape)}" offset="${at}" size="${weight.bytes.length}"/><output>${port(0, weight.shape, precision)}</output></layer>`,
      `<layer id="${convert}" name="c${convert}" type="Convert" version="opset1"><data destination_type="f32"/><input>${port(0, weight.shape, precision)}</input><output>${port(1, weight.shape, weight.dtype === "float64" ? "FP64" : "FP32")}</output></layer>`,
      `<layer id="${own}" name="${escaped(spec.name)}" type="${type}" version="opset1"><data strides="${list(spec.strides)}" dilations="${list(spec.dilation)}" pads_begin="${list(spec.strides.map(() => 0))}" pads_end="${list(spec.strides.map(() => 0))}" auto_pad="explicit"/><input>${port(0, dims(spec.inputs, spec.rank))}${port(1, weight.shape)}</input><output>${port(2, dims(spec.outputs, spec.rank))}</output></layer>`,
    );
    const edge = (from: number, out: number, to: number, into: number): void =>
      void edges.push(`<edge from-layer="${from}" from-port="${out}" to-layer="${to}" to-port="${into}"/>`);
    edge(input, input === 0 ? 0 : 2, own, 0);
    edge(constant, 0, convert, 0);
    edge(convert, 1, own, 1);
    data.push(weight.bytes);
    at += weight.bytes.length;
    input = own;
  }
  const xml = `<?xml version="1.0"?>\n<net name="n" version="11"><layers>${parts.join("\n")}</layers><edges>${edges.join("")}</edges></net>`;
  return new Map([
    ["net.xml", utf8(turn(xml))],
    ["net.bin", concat(data)],
  ]);
}
