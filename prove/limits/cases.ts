import { createBudget, DEFAULT_LIMITS, fromBytes, type Model } from "kernelscope";
import { selectLayers } from "kernelscope/report";
import type { LayerSpec } from "../models/layer.ts";
import { withModel } from "../observe.ts";
import { type H5Group, type H5Node, hdf5 } from "../writers/hdf5.ts";
import { intType } from "../writers/hdf5-messages.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import { group, legacyTree } from "../writers/keras-files.ts";
import { flaxArray, msgpack } from "../writers/msgpack.ts";
import { npy } from "../writers/npy.ts";
import { safetensorsOf } from "../writers/safetensors.ts";
import { float32Weight, little, utf8 } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import { containerLimits } from "./containers.ts";
import { darknetLimits } from "./darknet.ts";
import { onnxLimits } from "./onnx.ts";
import { openvinoLimits } from "./openvino.ts";
import { paddleLimits } from "./paddle.ts";
import { pickleLimits } from "./pickle.ts";
import { pt2Limits } from "./pt2.ts";
import { tensorflowLimits } from "./tensorflow.ts";
import { tfliteLimits } from "./tflite.ts";
import { scriptLimits } from "./torchscript.ts";

/** Meets a limit with exactly `amount`: throws, or answers with a sentence when something was left out. */
export type LimitCase = (amount: number) => Promise<string | null>;

/** How to meet a limit, by the constant's name. */
export interface LimitTest {
  readonly constant: string;
  readonly meets: LimitCase;
  /** What says that it was passed: a code of the error, or part of the sentence. */
  readonly passed: string;
}

const KERNEL = float32Weight("kernel", [3, 3, 2, 4], { length: 72 });

async function opened(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  look: (model: Model) => string | null = () => null,
): Promise<string | null> {
  return withModel(fromBytes(bytes, name), async (model) => look(model));
}

/** A safetensors file whose header has exactly so many bytes. */
function header(bytes: number): Uint8Array<ArrayBuffer> {
  return safetensorsOf(
    `{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}${" ".repeat(bytes)}`
      .slice(0, bytes - 1)
      .concat("}"),
    new Uint8Array(1),
  );
}

/** An HDF5 file with exactly so many objects, the root among them. */
function objects(count: number): H5Group {
  const empty = group([]);
  const per = 250;
  const folders = Math.ceil((count - 1) / (per + 1));
  let left = count - 1 - folders;
  return group(
    Array.from({ length: folders }, (_, at): [string, H5Node] => {
      const own = Math.min(per, left);
      left -= own;
      return [`g${at}`, group(Array.from({ length: own }, (_, i): [string, H5Node] => [`m${i}`, empty]))];
    }),
  );
}

const SPEC: LayerSpec = {
  name: "conv",
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

/** A Keras model whose config is an attribute of exactly so many bytes. */
function configured(bytes: number): Uint8Array<ArrayBuffer> {
  const config = JSON.stringify(kerasConfig([SPEC], 2, [16, 16])).padEnd(bytes);
  return hdf5(legacyTree([{ spec: SPEC, weights: [KERNEL] }], { config, version: "2.15.0" }), {
    symbols: true,
  });
}

/** A deflated dataset of one chunk of so many bytes, in a file that is large enough for it to be possible. */
function chunked(bytes: number): Uint8Array<ArrayBuffer> {
  const chunks = [bytes];
  const data = { kind: "dataset" as const, type: intType(1, true), shape: chunks, storage: { chunks } };
  const room = { kind: "dataset" as const, type: intType(1, true), shape: [2 ** 20], length: 2 ** 20 };
  return hdf5(
    group([
      ["data", data],
      ["room", room],
    ]),
    { symbols: true },
  );
}

/** A zip of one deflated array that is said to be so many times larger than its deflated bytes. */
function inflated(ratio: number): Uint8Array<ArrayBuffer> {
  const stored = new Uint8Array(100).fill(1);
  // One more block of the ratio is granted for the stream's own header.
  const size = ratio * (stored.length + 1);
  const bytes = npy(KERNEL);
  return zip([
    {
      name: "a.npy",
      bytes,
      deflate: true,
      stored,
      both: { size: Number.isInteger(ratio) ? size : Math.ceil(size) },
    },
  ]);
}

const { bytes, objects: many, depth, milliseconds } = DEFAULT_LIMITS;

/** One test per row of the table in docs/formats.md. */
export const limitTests: readonly LimitTest[] = [
  ...darknetLimits,
  ...openvinoLimits,
  ...tfliteLimits,
  ...containerLimits,
  ...onnxLimits,
  ...tensorflowLimits,
  ...pickleLimits,
  ...pt2Limits,
  ...paddleLimits,
  ...scriptLimits,
  {
    constant: "DEFAULT_LIMITS.bytes",
    passed: "limit",
    meets: async (amount) => {
      createBudget().take(amount, "a proof");
      return amount <= bytes ? null : "taken";
    },
  },
  {
    constant: "DEFAULT_LIMITS.objects",
    passed: "limit",
    meets: async (amount) => {
      createBudget().count(amount, "things");
      return amount <= many ? null : "counted";
    },
  },
  {
    constant: "DEFAULT_LIMITS.depth",
    passed: "limit",
    meets: async (amount) => {
      createBudget().enter(amount, "Things");
      // The header's own object is the first level.
      const nested = `{"__metadata__":{},"x":${"[".repeat(amount - 1)}${"]".repeat(amount - 1)}}`;
      return opened("a.safetensors", safetensorsOf(nested, new Uint8Array())).catch(
        (error: { code: string }) =>
          error.code === "malformed" && amount <= depth ? null : Promise.reject(error),
      );
    },
  },
  {
    constant: "DEFAULT_LIMITS.milliseconds",
    passed: "deadline",
    meets: async (amount) => {
      let now = 0;
      const budget = createBudget({}, () => now);
      now = amount;
      budget.check();
      return amount <= milliseconds ? null : "went on";
    },
  },
  { constant: "JSON_MAX_BYTES", passed: "limit", meets: (amount) => opened("a.safetensors", header(amount)) },
  {
    constant: "NUMPY_HEADER_MAX",
    passed: "limit",
    meets: (amount) => opened("a.npy", longHeader(amount)),
  },
  {
    constant: "FLAX_NAMES_MOST",
    passed: "limit",
    meets: (amount) => opened("a.msgpack", msgpack({ map: [["k".repeat(amount), flaxArray(KERNEL)]] })),
  },
  {
    constant: "FLAX_NODES_MOST",
    passed: "limit",
    // The map is one of them, and the array another.
    meets: (amount) => {
      const numbers = Array.from({ length: amount - 2 }, (_, at) => [`k${at}`, 1] as const);
      return opened("a.msgpack", msgpack({ map: [["kernel", flaxArray(KERNEL)], ...numbers] }));
    },
  },
  {
    constant: "DEFLATE_MOST",
    passed: "more than",
    meets: (amount) => toldBy(() => opened("a.npz", inflated(amount))),
  },
  {
    constant: "MAX_OBJECTS",
    passed: "limit",
    meets: (amount) => opened("a.h5", hdf5(objects(amount), { symbols: true })),
  },
  { constant: "MAX_ATTRIBUTE_BYTES", passed: "limit", meets: (amount) => opened("a.h5", configured(amount)) },
  {
    constant: "MAX_CHUNK_BYTES",
    passed: "allowed",
    meets: async (amount) =>
      opened(
        "a.h5",
        chunked(amount),
        ({ tensors }) => tensors.find(({ unreadable }) => unreadable !== undefined)?.unreadable ?? null,
      ),
  },
  {
    constant: "SHOWN",
    passed: "…",
    meets: (amount) =>
      opened("a.npy", npy(KERNEL), (model) => {
        try {
          selectLayers(model, ["x".repeat(amount)]);
          return null;
        } catch (error) {
          const { message } = error as Error;
          return message.includes("…") ? message : null;
        }
      }),
  },
];

function longHeader(bytes: number): Uint8Array<ArrayBuffer> {
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3, 2, 4), }";
  const file = npy(KERNEL, { version: 2, header: text });
  const data = file.subarray(file.length - KERNEL.bytes.length);
  return new Uint8Array([
    ...file.subarray(0, 8),
    ...little(bytes, 4),
    ...utf8(`${text.padEnd(bytes - 1)}\n`),
    ...data,
  ]);
}

/** The sentence of an error instead of its code: more than one limit has the code `malformed`. */
async function toldBy(work: () => Promise<string | null>): Promise<string | null> {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    return message.includes("more than") && message.includes("deflated bytes can hold") ? message : null;
  }
}
