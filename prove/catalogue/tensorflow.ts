import { encode, message, type ProtoMessage } from "../writers/protobuf.ts";
import { table } from "../writers/table.ts";
import {
  attr,
  type BundleLayout,
  bundle,
  constant,
  integers,
  node,
  shapeProto,
} from "../writers/tensorflow.ts";
import { concat, float32Weight, utf8, type Weight } from "../writers/weight.ts";
import { type Case, fine, refusal } from "./case.ts";

const KERNEL = float32Weight("conv/kernel", [3, 3, 2, 4], { length: 72 });
const BIAS = float32Weight("conv/bias", [4], [1, 2, 3, 4]);

/** A checkpoint that differs from an honest one in one thing. */
function checkpoint(
  name: string,
  layout: BundleLayout,
  code: Case["code"],
  at: Case["at"] = "open",
  weights: readonly Weight[] = [KERNEL, BIAS],
): Case {
  return { name: `checkpoint: ${name}`, main: "a.index", files: bundle("a", weights, layout), at, code };
}

/** The entry with one field replaced. */
function entry(field: number, value: ProtoMessage | number | bigint): BundleLayout {
  return {
    entry: (name, { fields }) =>
      name === KERNEL.name
        ? message(...fields.filter(([number]) => number !== field), [field, value])
        : { fields },
  };
}

const good = bundle("a", [KERNEL, BIAS]);
const INDEX = good.get("a.index")!;
const DATA = good.get("a.data-00000-of-00001")!;

function files(
  name: string,
  main: string,
  all: Record<string, Uint8Array>,
  code: Case["code"],
  at: Case["at"] = "open",
): Case {
  const entries = Object.entries(all).map(([file, bytes]) => [file, new Uint8Array(bytes)] as const);
  return { name, main, files: new Map(entries), at, code };
}

const slice = (...extents: readonly (readonly [start: number, length: number])[]): ProtoMessage =>
  message(...extents.map(([start, length]) => [1, message([1, start], [2, length])] as const));

const CONV = node("Conv2D", "conv", ["x", "conv/kernel"], {
  strides: attr.integers([1, 1, 1, 1]),
  padding: attr.text("SAME"),
});

function graph(...nodes: readonly ProtoMessage[]): Uint8Array<ArrayBuffer> {
  return encode(message(...nodes.map((one) => [1, one] as const)));
}

function tensor(fields: ProtoMessage): ProtoMessage {
  return node("Const", "conv/kernel", [], { value: attr.tensor(fields) });
}

const head = (
  ...shape: readonly (number | bigint)[]
): readonly [readonly [1, number], readonly [2, ProtoMessage]] => [
  [1, 1],
  [2, shapeProto(shape)],
];
const circle = (name: string, from: string): ProtoMessage => node("Identity", name, [from]);

/** TensorFlow's files that contradict themselves or can be read in two ways. */
export const tensorflowCases: readonly Case[] = [
  checkpoint("wrong checksums of blocks", { damaged: true }, "malformed"),
  checkpoint("an unknown compression", { method: 7 }, "unsupported"),
  checkpoint("blocks that are no Snappy", { method: 1 }, "malformed"),
  checkpoint("a wrong checksum of a tensor", entry(6, { fixed: 1 } as never), "malformed", "read"),
  checkpoint("a size that is not the shape's", entry(5, 284), "malformed"),
  checkpoint("an offset beyond the shard", entry(4, 2 ** 40), "truncated", "read"),
  checkpoint("a negative offset", entry(4, -1), "malformed"),
  checkpoint("a shard that there is not", entry(3, 7), "malformed"),
  checkpoint("an extent of 2^62", entry(2, shapeProto([2n ** 62n, 4])), "malformed"),
  checkpoint("a negative extent", entry(2, shapeProto([-3, 3, 2, 4])), "malformed"),
  checkpoint(
    "slices that are not there",
    entry(7, slice([0, 3], [0, 3], [0, 2], [0, 4])),
    "malformed",
    "read",
  ),
  checkpoint(
    "slices that cover too little",
    entry(7, slice([0, 1], [0, 3], [0, 2], [0, 4])),
    "malformed",
    "read",
  ),
  checkpoint("a header of 200,000 shards", { header: message([1, 200_000]) }, "limit"),
  checkpoint("a name twice", { more: [["conv/kernel", encode(message([1, 1]))]] }, "ambiguous"),
  files(
    "checkpoint: keys that are not sorted",
    "a.index",
    {
      "a.index": table([
        ["", encode(message([1, 1]))],
        ["b", new Uint8Array()],
        ["a", new Uint8Array()],
      ]),
    },
    "malformed",
  ),
  files(
    "checkpoint: no header",
    "a.index",
    { "a.index": table([["a", encode(message([1, 1]))]]) },
    "malformed",
  ),
  files("checkpoint: an empty table", "a.index", { "a.index": table([]) }, "malformed"),
  files("checkpoint: an index without shards", "a.index", { "a.index": INDEX }, "missing-sibling", "read"),
  files(
    "checkpoint: a shard without its index",
    "a.data-00000-of-00001",
    { "a.data-00000-of-00001": DATA },
    "missing-sibling",
  ),
  files(
    "checkpoint: a shard that was cut",
    "a.index",
    { "a.index": INDEX, "a.data-00000-of-00001": DATA.slice(0, 200) },
    "truncated",
    "read",
  ),
  files(
    "checkpoint: a state that leads elsewhere",
    "checkpoint",
    { checkpoint: utf8('model_checkpoint_path: "../a"\n'), ...Object.fromEntries(good) },
    "refused",
  ),
  files(
    "checkpoint: a state that leads to itself",
    "checkpoint",
    { checkpoint: utf8('model_checkpoint_path: "b"\n'), ...Object.fromEntries(good) },
    "missing-sibling",
  ),
  refusal("graph: two operators of one name", "a.pb", graph(constant(KERNEL), CONV, CONV), "ambiguous"),
  refusal(
    "graph: a value too few",
    "a.pb",
    graph(tensor(message(...head(3, 3, 2, 4), [4, KERNEL.bytes.subarray(4)])), CONV),
    "malformed",
    "read",
  ),
  refusal(
    "graph: a value too many",
    "a.pb",
    graph(tensor(message(...head(3, 3, 2, 3), [5, KERNEL.bytes])), CONV),
    "malformed",
    "read",
  ),
  refusal(
    "graph: one value for four billion",
    "a.pb",
    graph(tensor(message(...head(2 ** 15, 2 ** 15, 2, 2), [5, KERNEL.bytes.subarray(0, 4)])), CONV),
    "unsupported",
    "read",
  ),
  refusal(
    "graph: an unknown shape",
    "a.pb",
    graph(tensor(message(...head(-1, 3, 2, 4), [4, KERNEL.bytes])), CONV),
    "malformed",
  ),
  refusal(
    "graph: 300 axes",
    "a.pb",
    graph(tensor(message(...head(...new Array<number>(300).fill(1)), [4, KERNEL.bytes])), CONV),
    "limit",
  ),
  refusal("graph: cut inside a constant", "a.pb", graph(constant(KERNEL), CONV).slice(0, 200), "truncated"),
  refusal(
    "graph: variables without values",
    "a.pb",
    graph(node("VariableV2", "conv/kernel", []), CONV),
    "unsupported",
  ),
  fine(
    "graph: operators that go round in a circle",
    "a.pb",
    graph(circle("a", "b"), circle("b", "a"), node("Conv2D", "conv", ["x", "a"])),
  ),
  fine("graph: an operator without inputs", "a.pb", graph(constant(KERNEL), node("Conv2D", "conv", []))),
  fine(
    "graph: an axis that there is not",
    "a.pb",
    graph(
      constant(KERNEL),
      integers("perm", [9, 8, 7, 6]),
      node("Transpose", "turned", ["conv/kernel", "perm"]),
      node("Conv2D", "conv", ["x", "turned"]),
    ),
  ),
  refusal(
    "a SavedModel without a graph",
    "saved_model.pb",
    concat([encode(message([1, 1], [2, message([1, message([5, "2.0"])])])).slice(0, 2)]),
    "unsupported",
  ),
  ...tfjsCases(),
];

function tfjsCases(): Case[] {
  const spec = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    name: "conv/kernel",
    shape: [3, 3, 2, 4],
    dtype: "float32",
    ...more,
  });
  const one = (
    name: string,
    groups: unknown,
    code: Case["code"],
    at: Case["at"] = "open",
    shards: Record<string, Uint8Array> = { "a.bin": KERNEL.bytes },
  ): Case => {
    const json = { format: "graph-model", modelTopology: { node: [] }, weightsManifest: groups };
    return files(
      `tfjs: ${name}`,
      "model.json",
      { "model.json": utf8(JSON.stringify(json)), ...shards },
      code,
      at,
    );
  };
  const group = (weights: readonly unknown[], paths: readonly unknown[] = ["a.bin"]): unknown => [
    { paths, weights },
  ];
  return [
    one("a weight twice", group([spec({ shape: [3, 3, 2, 2] }), spec({ shape: [3, 3, 2, 2] })]), "ambiguous"),
    one("a shard twice", group([spec()], ["a.bin", "a.bin"]), "ambiguous"),
    one("a shard by a path", group([spec()], ["../a.bin"]), "refused"),
    one("a shard by an address", group([spec()], ["https://127.0.0.1:9/a.bin"]), "refused"),
    one("a shard that is not there", group([spec()], ["b.bin"]), "missing-sibling"),
    one("too few bytes", group([spec({ shape: [3, 3, 2, 5] })]), "truncated"),
    one("too many bytes", group([spec({ shape: [3, 3, 2, 3] })]), "malformed"),
    one("a negative extent", group([spec({ shape: [-3, 3, 2, 4] })]), "malformed"),
    one("extents that overflow", group([spec({ shape: [2 ** 40, 2 ** 40] })]), "malformed"),
    one("a dtype that there is not", group([spec({ dtype: "float128" })]), "unsupported"),
    one(
      "a quantisation that there is not",
      group([spec({ quantization: { dtype: "uint4" } })]),
      "unsupported",
    ),
    one("a quantisation without a scale", group([spec({ quantization: { dtype: "uint8" } })]), "malformed"),
    one("texts beyond the shards", group([spec({ dtype: "string", shape: [2] })]), "truncated", "open", {
      "a.bin": new Uint8Array(7).fill(255),
    }),
    one("no list of groups", { paths: [] }, "malformed"),
    one("a group without weights", [{ paths: ["a.bin"] }], "malformed"),
  ];
}
