import { flaxArray, flaxChunks, flaxTree, msgpack, type Packed } from "../writers/msgpack.ts";
import { concat, float32Weight, little, utf8 } from "../writers/weight.ts";
import { type Case, fine, refusal } from "./case.ts";

const FILE = "a.msgpack";
const KERNEL = float32Weight("kernel", [3, 3, 1, 2], { length: 18 });
const ARRAY = flaxArray(KERNEL);

function conv(...leaves: readonly (readonly [Packed, Packed])[]): Uint8Array<ArrayBuffer> {
  return msgpack({ map: [["params", { map: [["Conv_0", { map: leaves }]] }]] });
}

/** An array whose payload is this. */
function payload(value: Packed): Uint8Array<ArrayBuffer> {
  return conv(["kernel", { extension: 1, payload: msgpack(value) }]);
}

const GOOD = conv(["kernel", ARRAY]);
const CHUNKS = flaxChunks(KERNEL, 7, 4) as { readonly map: readonly (readonly [Packed, Packed])[] };

/** The chunked form with one of its keys saying something else. */
function chunks(key: string, value: Packed): Uint8Array<ArrayBuffer> {
  return conv(["kernel", { map: CHUNKS.map.map(([name, own]) => [name, name === key ? value : own]) }]);
}

const piece = (length: number, dtype = "float32"): Packed =>
  flaxArray({ ...float32Weight("", [length], { length }), dtype });

/** Files of Flax that contradict themselves or can be read in two ways. */
export const flaxCases: readonly Case[] = [
  refusal("a key twice", FILE, conv(["kernel", ARRAY], ["kernel", ARRAY]), "ambiguous"),
  refusal("a key twice, once as a number", FILE, conv(["0", ARRAY], [0, ARRAY]), "ambiguous"),
  refusal(
    "two paths of one name",
    FILE,
    msgpack({
      map: [
        ["a/b", { map: [["kernel", ARRAY]] }],
        ["a", { map: [["b", { map: [["kernel", ARRAY]] }]] }],
      ],
    }),
    "ambiguous",
  ),
  refusal("a second tree behind the first", FILE, concat([GOOD, GOOD]), "malformed"),
  refusal("cut inside an array", FILE, GOOD.slice(0, -9), "truncated"),
  refusal("cut inside a head", FILE, GOOD.slice(0, GOOD.indexOf(0xc7) + 2), "truncated"),
  refusal(
    "a map of 2^32 - 1 entries",
    FILE,
    Uint8Array.of(0xdf, 255, 255, 255, 255, 0xa1, 0x61, 0xc0),
    "truncated",
  ),
  refusal(
    "a list of 2^32 - 1 values",
    FILE,
    msgpack({ map: [["a", { raw: Uint8Array.of(0xdd, 255, 255, 255, 255) }]] }),
    "truncated",
  ),
  refusal("a code that is none", FILE, msgpack({ map: [["a", { raw: Uint8Array.of(0xc1) }]] }), "malformed"),
  refusal(
    "a key that is no UTF-8",
    FILE,
    conv([{ raw: Uint8Array.of(0xa2, 0xc3, 0x28) }, ARRAY]),
    "malformed",
  ),
  refusal("a key that is an array", FILE, conv([ARRAY, ARRAY]), "malformed"),
  refusal("maps nested 70 deep", FILE, nested(70), "limit"),
  refusal(
    "more values than the shape",
    FILE,
    conv(["kernel", flaxArray(KERNEL, { shape: [3, 3, 1, 1] })]),
    "malformed",
  ),
  refusal(
    "fewer values than the shape",
    FILE,
    conv(["kernel", flaxArray(KERNEL, { shape: [3, 3, 2, 2] })]),
    "malformed",
  ),
  refusal(
    "a shape of 2^128 values",
    FILE,
    conv(["kernel", flaxArray(KERNEL, { shape: [2 ** 32, 2 ** 32, 2 ** 32, 2 ** 32] })]),
    "malformed",
  ),
  refusal(
    "a negative extent",
    FILE,
    conv(["kernel", flaxArray(KERNEL, { shape: [-3, -3, 1, 2] })]),
    "malformed",
  ),
  refusal(
    "an extent that is a fraction",
    FILE,
    conv(["kernel", flaxArray(KERNEL, { shape: [1.5, 12] })]),
    "malformed",
  ),
  refusal(
    "65 axes",
    FILE,
    conv(["kernel", flaxArray(KERNEL, { shape: new Array(65).fill(1) })]),
    "malformed",
  ),
  refusal(
    "another width of the values",
    FILE,
    conv(["kernel", flaxArray(KERNEL, { dtype: "float64" })]),
    "malformed",
  ),
  refusal("an array of two parts", FILE, payload({ list: [{ list: [18] }, "float32"] }), "malformed"),
  refusal(
    "an array without a dtype",
    FILE,
    payload({ list: [{ list: [18] }, 7, { bytes: KERNEL.bytes }] }),
    "malformed",
  ),
  refusal("an array without values", FILE, payload({ list: [{ list: [18] }, "float32", null] }), "malformed"),
  refusal(
    "bytes behind an array's values",
    FILE,
    conv([
      "kernel",
      {
        extension: 1,
        payload: concat([
          msgpack({ list: [{ list: KERNEL.shape }, "float32", { bytes: KERNEL.bytes }] }),
          little(0, 4),
        ]),
      },
    ]),
    "malformed",
  ),
  refusal(
    "an array of a dtype that is not known",
    FILE,
    conv(["kernel", flaxArray(KERNEL, { dtype: "float8_e8m0fnu" })]),
    "unsupported",
    "read",
  ),
  refusal(
    "a piece missing",
    FILE,
    chunks("chunks", {
      map: [
        ["0", piece(7)],
        ["2", piece(11)],
      ],
    }),
    "malformed",
  ),
  refusal(
    "pieces of two dtypes",
    FILE,
    chunks("chunks", {
      map: [
        ["0", piece(7)],
        ["1", piece(11, "int32")],
      ],
    }),
    "malformed",
  ),
  refusal("pieces that are too few", FILE, chunks("chunks", { map: [["0", piece(7)]] }), "malformed"),
  refusal("pieces without a shape", FILE, chunks("shape", null), "malformed"),
  refusal("no array", FILE, msgpack({ map: [["a", 1]] }), "unsupported"),
  refusal(
    "an optimizer's state only",
    FILE,
    msgpack({ map: [["opt_state", { map: [["mu", ARRAY]] }]] }),
    "unsupported",
  ),
  refusal("a part of an Orbax checkpoint", "_METADATA", '{"tree_metadata": {}}', "unsupported"),
  refusal(
    "the directory of an Orbax checkpoint",
    "manifest.ocdbt",
    concat([Uint8Array.of(0x0c, 0xdb, 0x3a, 0x2a), new Uint8Array(30)]),
    "unsupported",
  ),
  fine(
    "plain values beside arrays",
    FILE,
    msgpack({
      map: [
        ["step", 3],
        ["name", "x".repeat(70_000)],
        ["Conv_0", { map: [["kernel", ARRAY]] }],
      ],
    }),
  ),
  fine(
    "an extension of somebody else",
    FILE,
    conv(["kernel", ARRAY], ["when", { extension: -1, payload: utf8("1234") }]),
  ),
  fine(
    "moments beside kernels",
    FILE,
    msgpack({
      map: [
        ["opt_state", { map: [["mu", ARRAY]] }],
        ["params", flaxTree([{ ...KERNEL, name: "Conv_0/kernel" }])],
      ],
    }),
    "1 arrays of the optimizer's state",
  ),
];

function nested(depth: number): Uint8Array<ArrayBuffer> {
  let value: Packed = ARRAY;
  for (let i = 0; i < depth; i++) value = { map: [["a", value]] };
  return msgpack(value);
}
