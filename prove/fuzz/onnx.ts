import type { Random } from "../random.ts";
import { attribute, graphProto, modelProto, nodeProto, tensorProto } from "../writers/onnx.ts";
import { encode, message, type ProtoMessage } from "../writers/protobuf.ts";
import { float32Weight, type Weight } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";
import { mutateProto } from "./protobuf.ts";

const MAIN = "a.onnx";
const KERNEL = float32Weight("w", [2, 2, 3, 3], { length: 36, 1: 3 });
const bytes = (
  name: string,
  dtype: string,
  shape: readonly number[],
  values: Uint8Array<ArrayBuffer>,
): Weight => ({
  name,
  dtype,
  shape,
  bytes: values,
});
const SHAPE = bytes("shape", "int64", [3], new Uint8Array(BigInt64Array.of(2n, -1n, 3n).buffer));

/** A model with a little of everything: a subgraph, a function, quantisation, views, sparse and typed values. */
const TREE: ProtoMessage = modelProto(
  graphProto(
    [
      nodeProto("Conv", ["x", "w", "b"], ["c"], "conv", [
        attribute("strides", [1, 2]),
        attribute("group", 1),
      ]),
      nodeProto("BatchNormalization", ["c", "b", "b", "b", "b"], ["n"], "norm"),
      nodeProto("Constant", [], ["k"], "", [
        attribute("value", { tensor: tensorProto({ ...KERNEL, name: "" }, "typed") }),
      ]),
      nodeProto("Reshape", ["k", "shape"], ["r"], ""),
      nodeProto("Conv", ["x", "r"], ["d"], "reshaped"),
      nodeProto("DequantizeLinear", ["q", "s", "z"], ["f"], "", [attribute("axis", 0)]),
      nodeProto("ConvTranspose", ["x", "f"], ["t"], "up"),
      nodeProto("QLinearConv", ["x", "s", "z", "q", "s", "z", "s", "z"], ["l"], "quantised"),
      nodeProto("Own", ["x", "w"], ["o"], "call", [], "own"),
      nodeProto("If", ["x"], ["i"], "choice", [
        attribute("then_branch", {
          graph: graphProto([nodeProto("Conv", ["x", "w"], ["y"], "in")], [tensorProto(KERNEL)]),
        }),
      ]),
    ],
    [
      tensorProto(KERNEL),
      tensorProto(float32Weight("b", [2], [1, 2]), "typed"),
      tensorProto(SHAPE),
      tensorProto(bytes("q", "int8", [2, 2, 3], new Uint8Array(12).fill(7)), "typed"),
      tensorProto(float32Weight("s", [2], [0.5, 0.25])),
      tensorProto(bytes("z", "int8", [2], new Uint8Array(2))),
      tensorProto(float32Weight("e", [1, 1, 1], [1]), { location: "a.data", offset: 0 }),
    ],
  ),
  [
    message(
      [1, "Own"],
      [4, "a"],
      [4, "v"],
      [5, "r"],
      [7, nodeProto("Transpose", ["v"], ["t"], "", [attribute("perm", [1, 0, 2, 3])])],
      [7, nodeProto("Conv", ["a", "t"], ["r"], "inner")],
      [10, "own"],
    ),
  ],
);
const GOOD = encode(TREE);
const DATA = new Uint8Array(4);
const files = (
  model: Uint8Array<ArrayBuffer>,
): { main: string; files: Map<string, Uint8Array<ArrayBuffer>> } => ({
  main: MAIN,
  files: new Map([
    [MAIN, model],
    ["a.data", DATA],
  ]),
});

/** ONNX: messages in messages. */
export const onnxFuzz: FuzzFormat = {
  name: "onnx",
  slow: false,
  good: files(GOOD),
  mutated: (random: Random) => files(mutateBytes(random, GOOD)),
  structural: (random: Random) => files(encode(mutateProto(random, TREE))),
};
