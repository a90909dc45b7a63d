import { sourceOf } from "../files.ts";
import { withModel } from "../observe.ts";
import { encode, message, type ProtoMessage } from "../writers/protobuf.ts";
import { table } from "../writers/table.ts";
import { attr, bundle, constant, node, shapeProto } from "../writers/tensorflow.ts";
import { float32Weight, type Weight } from "../writers/weight.ts";
import type { LimitTest } from "./cases.ts";

const KERNEL = float32Weight("conv/kernel", [3, 3, 2, 4], { length: 72 });

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

async function opened(
  main: string,
  files: Files,
  reason?: (text: string) => boolean,
): Promise<string | null> {
  return withModel(sourceOf({ main, files }), async ({ tensors }) => {
    const found = tensors.find(({ unreadable }) => unreadable !== undefined && reason?.(unreadable) === true);
    return found?.unreadable ?? null;
  });
}

/** An index whose keys have exactly so many bytes together, most of them shared with the key before. */
function keys(bytes: number): Files {
  const shape = encode(message([1, 7]));
  const entries: [string, Uint8Array][] = [];
  // The index of the table repeats the last key of its only block.
  let left = bytes;
  const long = 2 ** 20;
  for (let at = 0; left > 2 * long; at++, left -= long) {
    entries.push([String(at).padStart(6, "0").padEnd(long, "k"), shape]);
  }
  entries.push(["z".repeat(Math.floor(left / 2)), shape]);
  const odd = left % 2;
  if (odd === 1) entries.unshift(["!", shape]);
  return new Map([["a.index", table([["", encode(message([1, 1]))], ...entries], { restart: 2 ** 20 })]]);
}

/** A graph whose kernel states one value for so many bytes. */
function repeated(bytes: number): Uint8Array<ArrayBuffer> {
  const rows = Math.floor(bytes / 4);
  // A byte more is a value more.
  const values = bytes % 4 === 0 ? rows : rows + 1;
  const proto = message([1, 1], [2, shapeProto([1, values])], [5, KERNEL.bytes.subarray(0, 4)]);
  return graph(node("Const", "w", [], { value: attr.tensor(proto) }));
}

function graph(...nodes: readonly ProtoMessage[]): Uint8Array<ArrayBuffer> {
  return encode(message(...nodes.map((one) => [1, one] as const)));
}

function axes(count: number): Uint8Array<ArrayBuffer> {
  const weight: Weight = {
    name: "w",
    dtype: "float32",
    shape: new Array<number>(count).fill(1),
    bytes: new Uint8Array(4),
  };
  return graph(constant(weight));
}

/** A SavedModel's object graph of exactly so many bytes. */
function objectGraph(bytes: number): Uint8Array<ArrayBuffer> {
  const head = encode(message([99, new Uint8Array(0)])).length;
  // The length of so many bytes takes four more.
  const objects = message([99, new Uint8Array(Math.max(0, bytes - head - 3))]);
  return encode(
    message(
      [1, 1],
      [2, message([1, message([5, "2.21.0"])], [2, message([1, node("NoOp", "n", [])])], [7, objects])],
    ),
  );
}

/** Limits of TensorFlow's files. */
export const tensorflowLimits: readonly LimitTest[] = [
  { constant: "TABLE_KEY_BYTES", passed: "limit", meets: (amount) => opened("a.index", keys(amount)) },
  {
    constant: "CHECKPOINT_SHARDS",
    passed: "limit",
    meets: (amount) => opened("a.index", bundle("a", [KERNEL], { header: message([1, amount]) })),
  },
  {
    constant: "TENSOR_AXES",
    passed: "limit",
    meets: (amount) => opened("a.pb", new Map([["a.pb", axes(amount)]])),
  },
  {
    constant: "REPEATED_BYTES",
    passed: "repeated",
    meets: (amount) =>
      opened("a.pb", new Map([["a.pb", repeated(amount)]]), (text) => text.includes("repeated")),
  },
  {
    constant: "OBJECT_GRAPH_BYTES",
    passed: "limit",
    meets: (amount) => opened("saved_model.pb", new Map([["saved_model.pb", objectGraph(amount)]])),
  },
];
