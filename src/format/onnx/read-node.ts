import type { Budget } from "../../budget.ts";
import type { ProtoReader, SourceField } from "../../codec/proto-reader.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "./messages.ts";
import { readSparseTensor, readTensor } from "./read-tensor.ts";

/** How messages are read: graphs hold nodes that hold graphs. */
export interface ReadState {
  readonly reader: ProtoReader;
  readonly budget: Budget;
  readonly depth: number;
  /** Reads a graph in an attribute. */
  readonly graph: (state: ReadState, message: SourceField) => Promise<OnnxGraph>;
}

/** What a node and an attribute count as: by the memory that they take, in units of some sixty bytes. */
const NODE = 16;
const ATTRIBUTE = 6;
/** Lists of numbers in attributes up to so many bytes are read: strides, pads, shapes. */
const LIST_MOST = 64 * 1024;

/** Reads a NodeProto: input=1, output=2, name=3, op_type=4, attribute=5, domain=7, overload=8. */
export async function readNode(state: ReadState, message: SourceField): Promise<OnnxNode> {
  const { reader, budget } = state;
  budget.count(NODE, "ONNX nodes");
  const inputs: string[] = [];
  const outputs: string[] = [];
  const texts = new Map<number, string>();
  const attributes = new Map<string, OnnxAttribute>();
  for await (const field of reader.each(message, "an ONNX node", 4096)) {
    if (field.wire !== 2) continue;
    if (field.number <= 2) budget.count(1, "names in ONNX nodes");
    if (field.number === 1) inputs.push(await reader.text(field));
    else if (field.number === 2) outputs.push(await reader.text(field));
    else if (field.number === 5) {
      const attribute = await readAttribute(state, field);
      attributes.set(attribute.name, attribute);
    } else if ([3, 4, 7, 8].includes(field.number)) texts.set(field.number, await reader.text(field));
  }
  return {
    name: texts.get(3) ?? "",
    operator: texts.get(4) ?? "",
    domain: texts.get(7) ?? "",
    overload: texts.get(8) ?? "",
    inputs,
    outputs,
    attributes,
  };
}

/**
 * Reads an AttributeProto: name=1, f=2, i=3, s=4, t=5, g=6, floats=7, ints=8, graphs=11, ref_attr_name=21,
 * sparse_tensor=22.
 */
export async function readAttribute(state: ReadState, message: SourceField): Promise<OnnxAttribute> {
  const { reader, budget } = state;
  budget.count(ATTRIBUTE, "ONNX attributes");
  let name = "";
  let reference: string | null = null;
  let int: number | null = null;
  let float: number | null = null;
  let text: string | null = null;
  let tensor: OnnxAttribute["tensor"] = null;
  let sparse: OnnxAttribute["sparse"] = null;
  const ints: number[] = [];
  const floats: number[] = [];
  const graphs: OnnxGraph[] = [];
  for await (const field of reader.each(message, "an ONNX attribute", 4096)) {
    const isBytes = field.wire === 2;
    const isShort = field.end - field.start <= LIST_MOST;
    if (field.number === 1 && isBytes) name = await reader.text(field);
    else if (field.number === 2 && field.wire === 5) float = (await floatsOf(reader, field))[0] ?? null;
    else if (field.number === 3 && field.wire === 0) int = field.value;
    else if (field.number === 4 && isBytes) text = isShort ? await reader.text(field) : null;
    else if (field.number === 5 && isBytes) tensor = await readTensor(reader, budget, field);
    else if ((field.number === 6 || field.number === 11) && isBytes)
      graphs.push(await state.graph({ ...state, depth: state.depth + 1 }, field));
    else if (field.number === 7 && isShort) {
      const list = await floatsOf(reader, field);
      budget.count(list.length, "numbers");
      for (const value of list) floats.push(value);
    } else if (field.number === 8 && isShort) await reader.varints(ints, field);
    else if (field.number === 21 && isBytes) reference = await reader.text(field);
    else if (field.number === 22 && isBytes) sparse = await readSparseTensor(reader, budget, field);
  }
  return { name, reference, int, float, text, ints, floats, tensor, sparse, graphs };
}

/** A float, or a list of them, packed or not. */
async function floatsOf(reader: ProtoReader, field: SourceField): Promise<number[]> {
  const bytes = await reader.bytes(field);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => view.getFloat32(i * 4, true));
}
