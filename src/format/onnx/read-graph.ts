import type { ProtoRange, ProtoReader, SourceField } from "../../codec/proto-reader.ts";
import type { OnnxGraph, OnnxNode, OnnxShape, OnnxSparseTensor, OnnxTensor } from "./messages.ts";
import { type ReadState, readNode } from "./read-node.ts";
import { readSparseTensor, readTensor } from "./read-tensor.ts";

/**
 * Reads a GraphProto: node=1, initializer=5, input=11, output=12, value_info=13, sparse_initializer=15. Values are
 * jumped over.
 */
export async function readGraph(state: ReadState, range: ProtoRange): Promise<OnnxGraph> {
  const { reader, budget, depth } = state;
  budget.enter(depth, "ONNX graphs");
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const sparse: OnnxSparseTensor[] = [];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const shapes = new Map<string, OnnxShape>();
  for await (const field of reader.walk(range, "the ONNX graph")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) nodes.push(await readNode(state, field));
    else if (field.number === 5) initializers.push(await readTensor(reader, budget, field));
    else if (field.number === 15) {
      const tensor = await readSparseTensor(reader, budget, field);
      if (tensor !== null) sparse.push(tensor);
    } else if (field.number === 11 || field.number === 12 || field.number === 13) {
      const { name, shape } = await readValueInfo(reader, field);
      if (shape !== null) shapes.set(name, shape);
      if (field.number === 11) inputs.push(name);
      if (field.number === 12) outputs.push(name);
    }
  }
  return { nodes, initializers, sparse, inputs, outputs, shapes };
}

/** Reads a ValueInfoProto: name=1, type=2 with tensor_type=1 with shape=2 with dim=1 with dim_value=1. */
export async function readValueInfo(
  reader: ProtoReader,
  message: SourceField,
): Promise<{ readonly name: string; readonly shape: OnnxShape | null }> {
  let name = "";
  let shape: OnnxShape | null = null;
  for (const field of await reader.fields(message, "an ONNX value")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) name = await reader.text(field);
    else if (field.number === 2) shape = await readShape(reader, field);
  }
  return { name, shape };
}

async function readShape(reader: ProtoReader, type: SourceField): Promise<OnnxShape | null> {
  const shape = await inner(reader, await inner(reader, type, 1), 2);
  if (shape === null) return null;
  const extents: (number | null)[] = [];
  for (const dim of await reader.fields(shape, "an ONNX shape")) {
    if (dim.number !== 1 || dim.wire !== 2) continue;
    const value = (await reader.fields(dim, "an extent")).find(
      ({ number, wire }) => number === 1 && wire === 0,
    );
    extents.push(value === undefined || !(value.value > 0) ? null : value.value);
  }
  return extents;
}

async function inner(
  reader: ProtoReader,
  message: SourceField | null,
  number: number,
): Promise<SourceField | null> {
  if (message === null) return null;
  const fields = await reader.fields(message, "an ONNX type");
  return fields.find((field) => field.number === number && field.wire === 2) ?? null;
}
