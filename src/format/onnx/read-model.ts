import type { Budget } from "../../budget.ts";
import type { ProtoReader, SourceField } from "../../codec/proto-reader.ts";
import { ReadError } from "../../errors.ts";
import {
  functionKey,
  type OnnxAttribute,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxShape,
} from "./messages.ts";
import { readGraph, readValueInfo } from "./read-graph.ts";
import { type ReadState, readAttribute, readNode } from "./read-node.ts";

/**
 * Reads a ModelProto of `size` bytes: producer_name=2, producer_version=3, graph=7, training_info=20, functions=25.
 *
 * @throws ReadError `malformed`, `truncated`, `ambiguous` (two graphs, a function twice) or `limit`.
 */
export async function readModel(reader: ProtoReader, size: number, budget: Budget): Promise<OnnxModel> {
  const state: ReadState = { reader, budget, depth: 0, graph: readGraph };
  let producer = "";
  let version = "";
  let graph: OnnxGraph | null = null;
  let trains = false;
  const functions = new Map<string, OnnxFunction>();
  for await (const field of reader.walk({ start: 0, end: size }, "the ONNX model")) {
    if (field.wire !== 2) continue;
    if (field.number === 2) producer = await reader.text(field);
    else if (field.number === 3) version = await reader.text(field);
    else if (field.number === 20) trains = true;
    else if (field.number === 7) {
      if (graph !== null)
        throw new ReadError("ambiguous", "The ONNX model holds two graphs; it should hold one.");
      graph = await readGraph(state, field);
    } else if (field.number === 25) {
      const made = await readFunction(state, field);
      if (functions.has(made.key))
        throw new ReadError("ambiguous", `The ONNX model defines the function ${made.key} twice.`);
      functions.set(made.key, made);
    }
  }
  if (graph === null) throw new ReadError("malformed", "The ONNX model holds no graph.");
  return { producer: `${producer} ${version}`.trim() || null, graph, functions, trains };
}

/**
 * Reads a FunctionProto: name=1, input=4, output=5, node=7, domain=10, attribute_proto=11, value_info=12,
 * overload=13.
 */
async function readFunction(state: ReadState, message: SourceField): Promise<OnnxFunction> {
  const { reader } = state;
  const texts = new Map<number, string>();
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: OnnxNode[] = [];
  const defaults = new Map<string, OnnxAttribute>();
  const shapes = new Map<string, OnnxShape>();
  for await (const field of reader.walk(message, "an ONNX function")) {
    if (field.wire !== 2) continue;
    if (field.number === 4) inputs.push(await reader.text(field));
    else if (field.number === 5) outputs.push(await reader.text(field));
    else if (field.number === 7) nodes.push(await readNode(state, field));
    else if (field.number === 11) {
      const attribute = await readAttribute(state, field);
      defaults.set(attribute.name, attribute);
    } else if (field.number === 12) {
      const { name, shape } = await readValueInfo(reader, field);
      if (shape !== null) shapes.set(name, shape);
    } else if ([1, 10, 13].includes(field.number)) texts.set(field.number, await reader.text(field));
  }
  const key = functionKey(texts.get(10) ?? "", texts.get(1) ?? "", texts.get(13) ?? "");
  return { key, inputs, outputs, nodes, defaults, shapes };
}
