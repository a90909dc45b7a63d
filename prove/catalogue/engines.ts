import type { LayerSpec } from "../models/layer.ts";
import { type DarknetLayer, darknet, darknetConfig } from "../writers/darknet.ts";
import { type FlatValue, ints, number, table, tables, text, vector } from "../writers/flatbuffer.ts";
import { type GgufEntry, type GgufParts, ggufOf, ggufParts, ggufText } from "../writers/gguf.ts";
import { openvino } from "../writers/openvino.ts";
import { type StoredKernel, tflite, tfliteTree } from "../writers/tflite.ts";
import { concat, float32Weight, little, utf8 } from "../writers/weight.ts";
import { type Case, fine, folder, refusal, swapText } from "./case.ts";

const SPEC: LayerSpec = {
  name: "net/conv",
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

// TensorFlow Lite

const OHWI = float32Weight("k", [4, 3, 3, 2], { length: 72 });
const LITE = (kernel: StoredKernel): Uint8Array<ArrayBuffer> => tflite(tfliteTree([{ spec: SPEC, kernel }]));
const lite = (
  name: string,
  kernel: StoredKernel,
  code: Case["code"] & string,
  at: Case["at"] = "read",
): Case => refusal(name, "a.tflite", LITE(kernel), code, at as "read");
const INT8 = { name: "q", dtype: "int8", shape: [4, 3, 3, 2], bytes: new Uint8Array(72) };

/** A model of one constant with these fields of its table. */
function constantModel(...fields: readonly (readonly [number, FlatValue])[]): Uint8Array<ArrayBuffer> {
  const tensor = table([0, ints([2, 2])], [1, number(0, 1)], [2, number(1, 4)], [3, text("k")], ...fields);
  const buffers = tables([table(), table([0, vector(new Uint8Array(16))])]);
  return tflite(table([0, number(3, 4)], [2, tables([table([0, tables([tensor])])])], [4, buffers]));
}

const GOOD_LITE = LITE({ weight: OHWI });

export const tfliteCases: readonly Case[] = [
  refusal("cut in half", "a.tflite", GOOD_LITE.slice(0, GOOD_LITE.length / 2), "truncated"),
  refusal("only the mark", "a.tflite", GOOD_LITE.slice(0, 8), "truncated"),
  refusal(
    "version 1 of the format",
    "a.tflite",
    concat([GOOD_LITE.subarray(0, 4), utf8("TFL1"), GOOD_LITE.subarray(8)]),
    "unsupported",
  ),
  refusal(
    "a root that leads nowhere",
    "a.tflite",
    concat([little(0xfffffff0, 4), GOOD_LITE.subarray(4)]),
    "truncated",
  ),
  lite("a buffer that is too short", { weight: { ...OHWI, bytes: OHWI.bytes.subarray(4) } }, "malformed"),
  lite("a buffer that is too long", { weight: { ...OHWI, bytes: new Uint8Array(300) } }, "malformed"),
  lite("an empty buffer", { weight: { ...OHWI, bytes: new Uint8Array() } }, "malformed"),
  lite("an extent below zero", { weight: { ...OHWI, shape: [4, 3, 3, -2] } }, "malformed", "open"),
  lite(
    "extents that overflow",
    { weight: { ...OHWI, shape: [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 2] } },
    "malformed",
    "open",
  ),
  lite("three scales for four outputs", { weight: INT8, scales: [1, 1, 1], axis: 0 }, "unsupported"),
  lite(
    "scales along an axis that is not there",
    { weight: INT8, scales: [1, 1, 1, 1], axis: 9 },
    "unsupported",
  ),
  refusal("values in another file", "a.tflite", constantModel([10, number(1, 4)]), "unsupported", "read"),
  refusal(
    "blockwise quantisation",
    "a.tflite",
    constantModel([1, number(9, 1)], [4, table([4, number(2, 1)])]),
    "unsupported",
    "read",
  ),
  refusal("a type that nobody knows", "a.tflite", constantModel([1, number(99, 1)]), "unsupported", "read"),
  refusal("texts", "a.tflite", constantModel([1, number(5, 1)]), "unsupported", "read"),
];

// GGUF

const PARTS = ggufParts([
  float32Weight("conv.weight", [2, 1, 3, 3], { length: 18 }),
  float32Weight("b", [4], { length: 4 }),
]);

function ggufLie(name: string, change: Partial<GgufParts>, code: Case["code"] & string): Case {
  return refusal(name, "a.gguf", ggufOf({ ...PARTS, ...change }), code);
}

function entryLie(name: string, change: Partial<GgufEntry>, code: Case["code"] & string): Case {
  return ggufLie(name, { entries: [PARTS.entries[0]!, { ...PARTS.entries[1]!, ...change }] }, code);
}

export const ggufCases: readonly Case[] = [
  refusal("only the mark", "a.gguf", utf8("GGUF"), "truncated"),
  refusal("cut before the values", "a.gguf", ggufOf(PARTS).slice(0, -100), "truncated"),
  ggufLie("version 1", { version: 1 }, "unsupported"),
  ggufLie("version 4", { version: 4 }, "unsupported"),
  ggufLie("2^63 tensors", { tensorCount: 2n ** 63n }, "malformed"),
  ggufLie("a billion tensors", { tensorCount: 10 ** 9 }, "malformed"),
  ggufLie("2^40 pairs", { pairCount: 2 ** 40 }, "malformed"),
  ggufLie("a key twice", { pairs: [PARTS.pairs[0]!, PARTS.pairs[0]!] }, "ambiguous"),
  ggufLie("an alignment of 24", { pairs: [["general.alignment", 4, little(24, 4)]] }, "malformed"),
  ggufLie("an alignment of 0", { pairs: [["general.alignment", 4, little(0, 4)]] }, "malformed"),
  ggufLie("a value of type 13", { pairs: [["x", 13, little(0, 8)]] }, "malformed"),
  ggufLie("a text of 2^62 bytes", { pairs: [["x", 8, little(2 ** 53, 8)]] }, "malformed"),
  ggufLie("arrays in arrays", { pairs: [["x", 9, nestedArrays(100)]] }, "limit"),
  fine("arrays in arrays, not too deep", "a.gguf", ggufOf({ ...PARTS, pairs: [["x", 9, nestedArrays(20)]] })),
  fine(
    "a long licence",
    "a.gguf",
    ggufOf({ ...PARTS, pairs: [["general.license", 8, ggufText("x".repeat(100_000))]] }),
  ),
  entryLie("a name of 70,000 bytes", { name: "x".repeat(70_000) }, "limit"),
  entryLie("a name twice", { name: "conv.weight" }, "ambiguous"),
  entryLie("tensors that overlap", { offset: 32 }, "ambiguous"),
  entryLie("a tensor between two places", { offset: 100 }, "malformed"),
  entryLie("a tensor behind the end", { offset: 2 ** 40 }, "truncated"),
  entryLie("an offset of 2^63", { offset: 2n ** 63n }, "malformed"),
  entryLie("five axes", { extents: [1, 1, 1, 1, 4] }, "limit"),
  entryLie("extents that overflow", { extents: [2 ** 40, 2 ** 40] }, "malformed"),
  entryLie("half a block", { type: 8 }, "malformed"),
  refusal(
    "a type that nobody knows",
    "a.gguf",
    ggufOf({ ...PARTS, entries: [{ ...PARTS.entries[0]!, type: 77 }] }),
    "unsupported",
    "read",
  ),
];

function nestedArrays(depth: number): Uint8Array<ArrayBuffer> {
  const one = concat([little(9, 4), little(1, 8)]);
  return concat([...Array.from({ length: depth }, () => one), little(4, 4), little(0, 8)]);
}

// OpenVINO

const IR = openvino([{ spec: SPEC, weight: float32Weight("k", [4, 2, 3, 3], { length: 72 }) }]);
const XML = new TextDecoder().decode(IR.get("net.xml"));
const BIN = IR.get("net.bin")!;
const irOf = (name: string, xml: string, code: Case["code"] & string, bin = BIN): Case =>
  folder(name, "net.xml", { "net.xml": xml, "net.bin": bin }, code);
const irLie = (name: string, from: string, to: string, code: Case["code"] & string): Case =>
  irOf(name, swapText(XML, from, to), code);

export const openvinoCases: readonly Case[] = [
  folder("without its weights", "net.xml", { "net.xml": XML }, "missing-sibling"),
  folder("weights without their network", "net.bin", { "net.bin": BIN }, "unsupported"),
  irOf("weights one byte short", XML, "truncated", BIN.slice(0, -1)),
  irLie("values at the end of the world", 'offset="0"', 'offset="9007199254740991"', "truncated"),
  irLie("an offset below zero", 'offset="0"', 'offset="-4"', "malformed"),
  irLie("an offset that is no number", 'offset="0"', 'offset="x"', "malformed"),
  irLie("a size that contradicts the shape", 'size="288"', 'size="284"', "malformed"),
  irLie("an extent below zero", 'shape="4,2,3,3"', 'shape="-4,2,3,3"', "malformed"),
  irLie("an attribute twice", 'offset="0"', 'offset="0" offset="4"', "ambiguous"),
  irLie("two layers of one number", '<layer id="1"', '<layer id="0"', "ambiguous"),
  irLie(
    "two edges into one input",
    "<edges>",
    '<edges><edge from-layer="2" from-port="1" to-layer="3" to-port="1"/>',
    "ambiguous",
  ),
  irLie("a document type", "?>", '?><!DOCTYPE net [<!ENTITY a "b">]>', "unsupported"),
  irLie("an entity that is not XML's", 'name="k"', 'name="&a;"', "malformed"),
  irLie("a tag that is not closed", "</layers>", "", "malformed"),
  irOf("cut in half", XML.slice(0, XML.length / 2), "truncated"),
  irLie("text instead of an extent", "<dim>9</dim>", "<dim>nine</dim>", "malformed"),
  irLie("nested 1,000 deep", "<edges>", `${"<a>".repeat(1000)}${"</a>".repeat(1000)}<edges>`, "limit"),
  irOf("no layers", '<net version="11"><layers></layers></net>', "malformed"),
];

// Darknet

const LAYERS: readonly DarknetLayer[] = [
  {
    spec: SPEC,
    parts: [float32Weight("b", [4], { length: 4 }), float32Weight("k", [4, 2, 3, 3], { length: 72 })],
  },
];
const PAIR = darknet(LAYERS);
const CFG = darknetConfig(LAYERS);
const WEIGHTS = PAIR.get("net.weights")!;
const netOf = (name: string, cfg: string, code: Case["code"] & string, weights = WEIGHTS): Case =>
  folder(name, "net.weights", { "net.cfg": cfg, "net.weights": weights }, code);
const netLie = (name: string, from: string, to: string, code: Case["code"] & string): Case =>
  netOf(name, swapText(CFG, from, to), code);

export const darknetCases: readonly Case[] = [
  folder("without its .cfg", "net.weights", { "net.weights": WEIGHTS }, "missing-sibling"),
  folder("without its weights", "net.cfg", { "net.cfg": CFG }, "missing-sibling"),
  folder(
    "two .cfg that could be it",
    "net.weights",
    { "net.weights": WEIGHTS, "a.cfg": CFG, "b.cfg": CFG },
    "ambiguous",
  ),
  netOf("weights one value short", CFG, "truncated", WEIGHTS.slice(0, -4)),
  netOf("weights one value long", CFG, "malformed", concat([WEIGHTS, new Uint8Array(4)])),
  netLie("another number of filters", "filters=4", "filters=3", "malformed"),
  netLie("no filters", "filters=4", "filters=0", "malformed"),
  netLie("filters below zero", "filters=4", "filters=-4", "malformed"),
  netLie("filters beyond numbers", "filters=4", "filters=999999999999999", "malformed"),
  netLie("groups that do not divide", "groups=1", "groups=3", "malformed"),
  netLie("a stride of 0", "stride=1", "stride=0", "malformed"),
  netLie(
    "a layer that is not there",
    "activation=linear",
    "activation=linear\n[route]\nlayers=-7",
    "malformed",
  ),
  netOf("something else for a .cfg", "# nothing\n", "malformed"),
  netOf("a .cfg that begins elsewhere", swapText(CFG, "[net]", "[yolo]"), "malformed"),
];
