import {
  attribute,
  type convNode,
  graphProto,
  modelProto,
  nodeProto,
  onnx,
  tensorProto,
} from "../writers/onnx.ts";
import { encode, message, type ProtoMessage, packed } from "../writers/protobuf.ts";
import { concat, float32Weight } from "../writers/weight.ts";
import { type Case, fine, folder, refusal } from "./case.ts";

const FILE = "a.onnx";
const KERNEL = float32Weight("w", [2, 1, 3, 3], { length: 18 });
const CONV = nodeProto("Conv", ["x", "w"], ["y"], "conv");
const GOOD = tensorProto(KERNEL);

function model(
  tensors: readonly ProtoMessage[],
  nodes: readonly ProtoMessage[] = [CONV],
): Uint8Array<ArrayBuffer> {
  return encode(modelProto(graphProto(nodes, tensors)));
}

/** The kernel with fields more, fewer or other than it should have. */
function lie(
  name: string,
  change: (fields: ProtoMessage["fields"]) => ProtoMessage["fields"],
  code: Case["code"] & string = "unsupported",
): Case {
  return refusal(
    name,
    FILE,
    model([{ fields: change(GOOD.fields) }]),
    code,
    code === "unsupported" ? "read" : "open",
  );
}

const without = (fields: ProtoMessage["fields"], number: number): ProtoMessage["fields"] =>
  fields.filter(([own]) => own !== number);
const external = (location: string, offset = "0", length = "72"): ProtoMessage =>
  message(
    ...GOOD.fields.filter(([number]) => number !== 9),
    [13, message([1, "location"], [2, location])],
    [13, message([1, "offset"], [2, offset])],
    [13, message([1, "length"], [2, length])],
    [14, 1],
  );
const outside = (location: string): Case =>
  placed(`values at ${JSON.stringify(location)}`, external(location), "refused");

/** A model whose values are in another file, of 72 bytes. */
function placed(name: string, tensor: ProtoMessage, code: Case["code"] & string): Case {
  return { ...folder(name, FILE, { [FILE]: model([tensor]), "a.data": KERNEL.bytes }, code), at: "read" };
}

function inGraphs(depth: number): ProtoMessage {
  let graph = graphProto([CONV], [GOOD]);
  for (let i = 0; i < depth; i++)
    graph = graphProto([nodeProto("If", ["c"], ["o"], "if", [attribute("then_branch", { graph })])], []);
  return modelProto(graph);
}

const call = (name: string): ProtoMessage => nodeProto(name, ["x"], ["y"], "", [], "own");
const own = (name: string, ...nodes: readonly ProtoMessage[]): ProtoMessage =>
  message([1, name], [4, "x"], [5, "y"], ...nodes.map((node) => [7, node] as const), [10, "own"]);
/** Functions that each call the next one twice. */
const doubling = Array.from({ length: 40 }, (_, at) =>
  own(`F${at}`, call(`F${at + 1}`), nodeProto(`F${at + 1}`, ["x"], ["z"], "", [], "own")),
);

/** ONNX models that contradict themselves or can be read in two ways. */
export const onnxCases: readonly Case[] = [
  refusal("an initializer twice", FILE, model([GOOD, GOOD]), "ambiguous"),
  refusal("a value twice", FILE, model([GOOD], [CONV, nodeProto("Relu", ["x"], ["y"], "")]), "ambiguous"),
  refusal(
    "an initializer that a node makes too",
    FILE,
    model([GOOD], [nodeProto("Relu", ["x"], ["w"], ""), CONV]),
    "ambiguous",
  ),
  refusal(
    "two graphs",
    FILE,
    encode(message(...modelProto(graphProto([CONV], [GOOD])).fields, [7, graphProto([], [])])),
    "ambiguous",
  ),
  refusal(
    "a function twice",
    FILE,
    encode(modelProto(graphProto([], []), [own("F"), own("F")])),
    "ambiguous",
  ),
  refusal(
    "a function that calls itself",
    FILE,
    encode(modelProto(graphProto([call("F")], []), [own("F", call("F"))])),
    "limit",
  ),
  refusal("functions that double", FILE, encode(modelProto(graphProto([call("F0")], []), doubling)), "limit"),
  refusal("graphs nested 70 deep", FILE, encode(inGraphs(70)), "limit"),
  refusal("cut inside a tensor", FILE, model([GOOD]).slice(0, -60), "truncated"),
  refusal("cut inside a node", FILE, model([GOOD]).slice(0, 20), "truncated"),
  refusal("bytes behind the model", FILE, concat([model([GOOD]), new Uint8Array(7)]), "malformed"),
  lie("a value too few", (fields) => [...without(fields, 9), [9, KERNEL.bytes.subarray(4)]]),
  lie("a value too many", (fields) => [...without(fields, 9), [9, concat([KERNEL.bytes, KERNEL.bytes])]]),
  lie("raw and typed values", (fields) => [...fields, [4, KERNEL.bytes]]),
  lie("raw values twice", (fields) => [...fields, [9, KERNEL.bytes]]),
  lie("no values", (fields) => without(fields, 9)),
  lie("another type", (fields) => [...without(fields, 2), [2, 11]]),
  lie("no type", (fields) => without(fields, 2)),
  lie("a type nobody knows", (fields) => [...without(fields, 2), [2, 99]]),
  lie("text", (fields) => [...without(without(fields, 2), 9), [2, 23], [5, packed([1])]]),
  lie("values of another type's field", (fields) => [...without(fields, 9), [10, KERNEL.bytes]]),
  lie("raw values that are a number", (fields) => [...without(fields, 9), [9, 5]]),
  lie("segments", (fields) => [...fields, [3, message([1, 0], [2, 9])]]),
  lie("an axis too many", (fields) => [[1, 2], ...fields], "unsupported"),
  lie("a negative extent", (fields) => [[1, -1], ...fields], "malformed"),
  lie("an extent of 2^60", (fields) => [[1, 2n ** 60n], ...fields], "malformed"),
  lie("extents that overflow", (fields) => [
    ...Array.from({ length: 6 }, () => [1, 2 ** 40] as const),
    ...without(fields, 1),
  ]),
  lie("65 axes", (fields) => [...Array.from({ length: 65 }, () => [1, 1] as const), ...fields], "malformed"),
  {
    ...refusal(
      "more typed values than the shape",
      FILE,
      model([
        message(...Array.from({ length: 3 }, () => [1, 1] as const), [2, 3], [5, packed([1, 2])], [8, "w"]),
      ]),
      "malformed",
      "read",
    ),
  },
  refusal(
    "a kernel_shape that its weight has not",
    FILE,
    model([GOOD], [nodeProto("Conv", ["x", "w"], ["y"], "c", [attribute("kernel_shape", [5, 5])])]),
    "unsupported",
    "read",
  ),
  refusal(
    "groups that do not divide",
    FILE,
    model([GOOD], [nodeProto("Conv", ["x", "w"], ["y"], "c", [attribute("group", 3)])]),
    "unsupported",
    "read",
  ),
  refusal(
    "no groups",
    FILE,
    model([GOOD], [nodeProto("Conv", ["x", "w"], ["y"], "c", [attribute("group", 0)])]),
    "unsupported",
    "read",
  ),
  refusal(
    "scales that do not fit",
    FILE,
    model(
      [
        GOOD,
        tensorProto({ name: "q", dtype: "int8", shape: [2, 1, 1], bytes: new Uint8Array(2) }),
        tensorProto(float32Weight("s", [3], [1, 2, 3])),
      ],
      [
        nodeProto("DequantizeLinear", ["q", "s"], ["f"], "", [attribute("axis", 0)]),
        nodeProto("Conv", ["x", "f"], ["y"], "c"),
      ],
    ),
    "unsupported",
    "read",
  ),
  outside("../a.data"),
  outside("/etc/passwd"),
  outside("below/a.data"),
  outside("..\\a.data"),
  outside("C:a.data"),
  outside("https://localhost/a.data"),
  placed("values in a file that is not there", external("b.data"), "missing-sibling"),
  placed("values beyond their file", external("a.data", "4"), "truncated"),
  placed("values at a negative offset", external("a.data", "-4"), "unsupported"),
  placed("values at a fraction", external("a.data", "0.5"), "unsupported"),
  placed("values of another length", external("a.data", "0", "71"), "unsupported"),
  { ...placed("values beside the model", external("a.data"), "malformed"), at: "fine", code: null },
  placed("values beside the model, by a dot", external("./a.data"), "refused"),
  fine(
    "a convolution of what the model computes",
    FILE,
    model([GOOD], [nodeProto("Mul", ["w", "w"], ["v"], ""), nodeProto("Conv", ["x", "v"], ["y"], "c")]),
    "Mul",
  ),
  fine("a convolution of an input", FILE, model([], [CONV]), "outside the file"),
  fine("nodes before their inputs' makers", FILE, model([GOOD], [nodeProto("Relu", ["z"], ["q"], ""), CONV])),
  fine(
    "a kernel of two axes",
    FILE,
    model([tensorProto(float32Weight("w", [2, 9], { length: 18 }))]),
    "3 to 5 axes",
  ),
  fine("an honest model", FILE, onnx([specOf()], [{ ...KERNEL, name: "conv.weight" }])),
];

function specOf(): Parameters<typeof convNode>[0] {
  return {
    name: "conv",
    kind: "conv",
    rank: 2,
    inputs: 1,
    outputs: 2,
    multiplier: 1,
    groups: 1,
    kernel: [3, 3],
    strides: [1, 1],
    dilation: [1, 1],
    bias: false,
    dtype: "float32",
  };
}
