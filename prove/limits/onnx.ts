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

/** Limits of ONNX. */
export const onnxLimits: readonly LimitTest[] = [
  {
    constant: "MAX_FUNCTION_CALLS",
    passed: "limit",
    meets: (amount) => withModel(fromBytes(calls(amount), "a.onnx"), async () => null),
  },
];
