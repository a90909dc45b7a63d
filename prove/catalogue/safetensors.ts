import {
  jsonObject,
  safetensors,
  safetensorsOf,
  safetensorsParts,
  shardedSafetensors,
} from "../writers/safetensors.ts";
import { concat, float32Weight, utf8 } from "../writers/weight.ts";
import { type Case, folder, refusal, swapText } from "./case.ts";

const KERNEL = float32Weight("conv.weight", [2, 1, 3, 3], { length: 18 });
const BIAS = float32Weight("conv.bias", [2], { length: 2 });
const { entries, data } = safetensorsParts([KERNEL, BIAS]);
const HEADER = jsonObject(entries);
const [KERNEL_ENTRY, BIAS_ENTRY] = [entries[0]![1], entries[1]![1]];

/** A file whose header says something else about the kernel. */
function lie(
  name: string,
  change: Readonly<Record<string, unknown>>,
  code: Case["code"] & string = "malformed",
): Case {
  const header = jsonObject([["conv.weight", { ...KERNEL_ENTRY, ...change }], entries[1]!]);
  return refusal(name, "a.safetensors", safetensorsOf(header, data), code);
}

/** A file with this header text. */
function header(name: string, text: string, code: Case["code"] & string = "malformed"): Case {
  return refusal(name, "a.safetensors", safetensorsOf(text, data), code);
}

const row = (value: unknown): string => JSON.stringify(value);

/** One file per rule of the format and per way to break it. */
export const safetensorsCases: readonly Case[] = [
  refusal("empty", "a.safetensors", "", "truncated"),
  refusal("seven bytes", "a.safetensors", new Uint8Array(7), "truncated"),
  refusal("only a length", "a.safetensors", new Uint8Array(8), "malformed"),
  refusal("header longer than the file", "a.safetensors", safetensorsOf(HEADER, data, 1 << 20), "truncated"),
  refusal("header length 2^47", "a.safetensors", safetensorsOf(HEADER, data, 2n ** 47n), "truncated"),
  refusal("header length 2^63", "a.safetensors", safetensorsOf(HEADER, data, 2n ** 63n), "unsupported"),
  refusal(
    "header one byte short",
    "a.safetensors",
    safetensorsOf(HEADER, data, utf8(HEADER).length - 1),
    "malformed",
  ),
  refusal(
    "header one byte long",
    "a.safetensors",
    safetensorsOf(HEADER, data, utf8(HEADER).length + 1),
    "malformed",
  ),
  header("not JSON", `{conv: 1${" ".repeat(40)}`),
  header("two JSON values", `${HEADER}{}`),
  header("NULs after the header", `${HEADER}\0\0\0`),
  refusal(
    "invalid UTF-8 in a name",
    "a.safetensors",
    (() => {
      const file = safetensors([KERNEL]);
      file[11] = 0xff;
      return file;
    })(),
    "malformed",
  ),
  header("a tensor twice", `${HEADER.slice(0, -1)},"conv.bias":${row(BIAS_ENTRY)}}`, "ambiguous"),
  header(
    "a tensor twice by an escape",
    `${HEADER.slice(0, -1)},"conv.b\\u0069as":${row(BIAS_ENTRY)}}`,
    "ambiguous",
  ),
  header("metadata twice", `{"__metadata__":{"a":"b"},"__metadata__":{},${HEADER.slice(1)}`, "ambiguous"),
  header("a dtype twice", swapText(HEADER, '"dtype":"F32"', '"dtype":"I32","dtype":"F32"'), "ambiguous"),
  header(
    "offsets twice",
    swapText(HEADER, '"data_offsets"', '"data_offsets":[0,8],"data_offsets"'),
    "ambiguous",
  ),
  header("metadata that is no object", `{"__metadata__":[],${HEADER.slice(1)}`),
  header("metadata that is no text", `{"__metadata__":{"a":1},${HEADER.slice(1)}`),
  header("a tensor that is a number", `{"x":1,${HEADER.slice(1)}`),
  header("a tensor that is null", `{"x":null,${HEADER.slice(1)}`),
  header("nested 1,000 deep", `{"x":${"[".repeat(1000)}${"]".repeat(1000)}}`, "limit"),
  header("nested 100,000 deep", `{"x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`, "limit"),
  header(
    "overlap",
    jsonObject([entries[0]!, ["conv.bias", { ...BIAS_ENTRY, data_offsets: [68, 76] }]]),
    "ambiguous",
  ),
  header("the same bytes twice", jsonObject([entries[0]!, ["x", KERNEL_ENTRY], entries[1]!]), "ambiguous"),
  refusal(
    "a hole",
    "a.safetensors",
    safetensorsOf(jsonObject([["a", { ...BIAS_ENTRY, data_offsets: [8, 16] }]]), data.subarray(0, 16)),
    "malformed",
  ),
  refusal(
    "bytes after the last tensor",
    "a.safetensors",
    concat([safetensors([KERNEL]), new Uint8Array(4)]),
    "malformed",
  ),
  refusal("one byte missing", "a.safetensors", safetensors([KERNEL]).slice(0, -1), "truncated"),
  lie("shape larger than its bytes", { shape: [2, 1, 3, 4] }),
  lie("shape smaller than its bytes", { shape: [2, 1, 3, 2] }),
  lie("another dtype", { dtype: "F64" }),
  lie("dtype nobody knows", { dtype: 7 }),
  lie("no dtype", { dtype: undefined }),
  lie("no shape", { shape: undefined }),
  lie("no offsets", { data_offsets: undefined }),
  lie("negative extent", { shape: [-2, -1, 3, 3] }),
  lie("fractional extent", { shape: [2, 1, 4.5, 2] }),
  lie("extent that is text", { shape: ["2", 1, 3, 3] }),
  lie("extent that is null", { shape: [null, 1, 3, 3] }),
  lie("extent 1e300", { shape: [1e300, 0] }),
  lie("extents that overflow", { shape: [2 ** 40, 2 ** 40] }),
  lie("extents that overflow to nothing", { shape: [2 ** 32, 2 ** 32, 0, 18] }),
  header("extent NaN", swapText(HEADER, "[2,1,3,3]", "[NaN,1,3,3]")),
  header("extent 1e999", swapText(HEADER, "[2,1,3,3]", "[1e999,1,3,3]")),
  lie("shape that is a number", { shape: 18 }),
  lie("offsets backwards", { data_offsets: [72, 0] }),
  lie("negative offsets", { data_offsets: [-72, 0] }),
  lie("fractional offsets", { data_offsets: [0.5, 72.5] }),
  lie("three offsets", { data_offsets: [0, 36, 72] }),
  lie("offsets beyond 2^53", { data_offsets: [2 ** 60, 2 ** 60 + 72] }),
];

const SHARDS = Object.fromEntries(shardedSafetensors([KERNEL, BIAS], 2));
const INDEX = "model.safetensors.index.json";
const INDEX_TEXT = new TextDecoder().decode(SHARDS[INDEX]);
const [FIRST, SECOND] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;

function index(name: string, text: string, code: Case["code"] & string): Case {
  return folder(name, INDEX, { ...SHARDS, [INDEX]: text }, code);
}

/** An index that looks for its first shard at `place`. */
function placed(place: string): Case {
  return index(
    `shard at ${JSON.stringify(place)}`,
    INDEX_TEXT.replaceAll(JSON.stringify(FIRST), JSON.stringify(place)),
    "refused",
  );
}

/** The same for models in several files. */
export const shardCases: readonly Case[] = [
  index("no weight map", '{"metadata":{},"x":".safetensors"}', "malformed"),
  index("weight map that is a list", '{"weight_map":[".safetensors"]}', "malformed"),
  index("weight map of numbers", '{"weight_map":{"a":1,"b":"x.safetensors"}}', "refused"),
  index(
    "a tensor twice",
    swapText(INDEX_TEXT, '"conv.bias"', `"conv.weight": "${SECOND}", "conv.bias"`),
    "ambiguous",
  ),
  index(
    "two weight maps",
    swapText(INDEX_TEXT, '"weight_map"', '"weight_map": {}, "weight_map"'),
    "ambiguous",
  ),
  index("index cut in half", INDEX_TEXT.slice(0, INDEX_TEXT.length / 2), "malformed"),
  index("tensor that its shard lacks", swapText(INDEX_TEXT, '"conv.bias"', '"conv.bias2"'), "malformed"),
  folder("a missing shard", INDEX, { [INDEX]: INDEX_TEXT, [FIRST]: SHARDS[FIRST]! }, "missing-sibling"),
  folder("a shard cut short", INDEX, { ...SHARDS, [SECOND]: SHARDS[SECOND]!.slice(0, -3) }, "truncated"),
  folder("a shard that is an index", INDEX, { ...SHARDS, [SECOND]: INDEX_TEXT }, "truncated"),
  placed("../model-00001-of-00002.safetensors"),
  placed("/etc/passwd"),
  placed("sub/model.safetensors"),
  placed("..\\model.safetensors"),
  placed("model.safetensors\0"),
  placed("C:model.safetensors"),
  placed("https://example.org/model.safetensors"),
  placed(".."),
  placed(""),
];
