import { ReadError } from "../../errors.ts";
import { namedEntry, protoAttributes } from "./attributes.ts";
import { type Extents, type Graph, type GraphFunction, type GraphNode, uniqueNodes } from "./graph.ts";
import { eachField, type Field, innerFields, type MessageContext, readText, textOf } from "./message.ts";
import { constantTensor, readTensorProto } from "./tensor-proto.ts";

/** Reads the `GraphDef` at bytes `start` to `end`; values of constants are left where they are. */
export async function readGraphDef(
  range: { readonly start: number; readonly end: number },
  context: MessageContext,
): Promise<Graph> {
  const nodes: GraphNode[] = [];
  const functions = new Map<string, GraphFunction>();
  for await (const field of eachField(range, context, "The graph")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) nodes.push(await readNode(field, context));
    else if (field.number === 2) {
      for (const inner of await innerFields(field, context, "The graph's library")) {
        if (inner.number !== 1 || inner.wire !== 2) continue;
        const one = await readFunction(inner, context);
        if (functions.has(one.name))
          throw new ReadError(
            "ambiguous",
            `The graph holds two functions called ${JSON.stringify(one.name)}.`,
          );
        functions.set(one.name, one);
      }
    }
  }
  return { nodes: uniqueNodes(nodes), functions };
}

/** A `NodeDef`. */
async function readNode(field: Field, context: MessageContext): Promise<GraphNode> {
  let [name, op] = ["", ""];
  const inputs: string[] = [];
  const entries: Field[] = [];
  for (const inner of await innerFields(field, context, "An operator of the graph")) {
    if (inner.wire !== 2) continue;
    if (inner.number === 1) name = await readText(inner, context);
    else if (inner.number === 2) op = textOf(inner);
    else if (inner.number === 3) {
      const input = await readText(inner, context);
      if (!input.startsWith("^")) inputs.push(input);
    } else if (inner.number === 5) entries.push(inner);
  }
  const { bytes } = field;
  // Taken apart again when it is asked for, instead of keeping every field of every operator.
  const held = bytes === null ? entries : { message: { ...field, bytes }, number: 5 };
  const attributes = protoAttributes(held, context.budget);
  if (op !== "Const") return { name, op, inputs, attributes, constant: null };
  let constant: GraphNode["constant"] = null;
  for (const entry of entries) {
    const found = namedEntry(await innerFields(entry, context, "An attribute of the graph"));
    if (found?.name === "value") constant = await readConstant(name, found.value, context);
  }
  return { name, op, inputs, attributes, constant };
}

/** The `tensor` of an attribute. */
async function readConstant(
  name: string,
  value: Field,
  context: MessageContext,
): Promise<GraphNode["constant"]> {
  for (const field of await innerFields(value, context, "A constant of the graph")) {
    if (field.number !== 8 || field.wire !== 2) continue;
    const fields = await innerFields(field, context, "A constant of the graph");
    return constantTensor(name, readTensorProto(fields, context.budget, name), context.source);
  }
  return null;
}

/** A `FunctionDef`. */
async function readFunction(field: Field, context: MessageContext): Promise<GraphFunction> {
  let name = "";
  const parameters: string[] = [];
  const outputs: string[] = [];
  const nodes: GraphNode[] = [];
  const values = new Map<string, string>();
  const parameterShapes = new Map<number, Extents>();
  for (const inner of await innerFields(field, context, "A function of the graph")) {
    if (inner.wire !== 2) continue;
    if (inner.number === 1) {
      for (const part of await innerFields(inner, context, "A function's signature")) {
        if (part.number === 1) name = textOf(part);
        else if (part.number === 2 || part.number === 3) {
          const argument = await innerFields(part, context, "A function's argument");
          (part.number === 2 ? parameters : outputs).push(textsIn(argument, 1));
        }
      }
    } else if (inner.number === 3) nodes.push(await readNode(inner, context));
    else if (inner.number === 4) {
      const entry = await innerFields(inner, context, "What a function returns");
      values.set(textsIn(entry, 1), textsIn(entry, 2));
    } else if (inner.number === 7) await readParameter(inner, parameterShapes, context);
  }
  const returns = outputs.map((output) => values.get(output) ?? "");
  return { name, parameters, parameterShapes, nodes: uniqueNodes(nodes), returns };
}

function textsIn(fields: readonly Field[], number: number): string {
  const field = fields.find((one) => one.number === number);
  return field === undefined ? "" : textOf(field);
}

/** What is known of one parameter: of interest is its shape. */
async function readParameter(
  entry: Field,
  shapes: Map<number, Extents>,
  context: MessageContext,
): Promise<void> {
  let index = 0;
  for (const field of await innerFields(entry, context, "A function's parameter")) {
    if (field.number === 1 && field.wire === 0) index = field.value;
    if (field.number !== 2 || field.wire !== 2) continue;
    const inner = await innerFields(field, context, "A function's parameter");
    const entries = inner.filter(({ number, wire }) => number === 1 && wire === 2);
    const shape = protoAttributes(entries, context.budget).shapes("_output_shapes")[0];
    if (shape != null) shapes.set(index, shape);
  }
}
