import { fromBytes } from "kernelscope";
import { withModel } from "../observe.ts";
import { graphProto, modelProto, nodeProto } from "../writers/onnx.ts";
import { encode, message } from "../writers/protobuf.ts";
import type { LimitTest } from "./cases.ts";

/** A model that calls a function of its own so many times. */
function calls(count: number): Uint8Array<ArrayBuffer> {
  const nodes = Array.from({ length: count }, (_, at) => nodeProto("F", ["x"], [`y${at}`], "", [], "own"));
  const own = message([1, "F"], [4, "a"], [5, "b"], [7, nodeProto("Relu", ["a"], ["b"], "")], [10, "own"]);
  return encode(modelProto(graphProto(nodes, []), [own]));
}

/** A model whose names take so many bytes: those of its producer (1) and of values of up to a megabyte. */
function names(bytes: number): Uint8Array<ArrayBuffer> {
  const most = 1024 ** 2;
  const count = Math.floor((bytes - 1) / most);
  const rest = bytes - 1 - count * most;
  const long = new Uint8Array(most).fill(0x61);
  const inputs = [...Array.from({ length: count }, () => long), long.subarray(0, rest)];
  // The node itself has no name; its inputs are not constants.
  const node = message(...inputs.map((name) => [1, name] as const));
  return encode(message([1, 10], [2, "p"], [7, message([1, node])]));
}

/** Limits of ONNX. */
export const onnxLimits: readonly LimitTest[] = [
  {
    constant: "PROTO_TEXTS_MOST",
    passed: "limit",
    meets: (amount) => withModel(fromBytes(names(amount), "a.onnx"), async () => null),
  },
  {
    constant: "MAX_FUNCTION_CALLS",
    passed: "limit",
    meets: (amount) => withModel(fromBytes(calls(amount), "a.onnx"), async () => null),
  },
];
