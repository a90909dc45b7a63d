import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { isList, isObject, type PlainObject } from "../keras/plain.ts";
import { dtypeNumber } from "../tensorflow/dtypes.ts";
import type { Attributes, Extents, Graph, GraphFunction, GraphNode } from "../tensorflow/graph.ts";
import { uniqueNodes } from "../tensorflow/graph.ts";

/** Reads a `GraphDef` as JSON, as TensorFlow.js keeps it; `weights` are the values of its constants. */
export function readGraphJson(
  json: PlainObject,
  weights: ReadonlyMap<string, Tensor>,
  budget: Budget,
): Graph {
  const functions = new Map<string, GraphFunction>();
  const library = isObject(json.library) && isList(json.library.function) ? json.library.function : [];
  for (const one of library) {
    const found = readFunction(one, weights, budget);
    if (functions.has(found.name)) {
      throw new ReadError("ambiguous", `The graph holds two functions called ${JSON.stringify(found.name)}.`);
    }
    functions.set(found.name, found);
  }
  return { nodes: readNodes(json.node, weights, budget), functions };
}

function readNodes(
  json: unknown,
  weights: ReadonlyMap<string, Tensor>,
  budget: Budget,
): readonly GraphNode[] {
  const list = isList(json) ? json : [];
  budget.count(list.length, "operators of the graph");
  return uniqueNodes(
    list.map((node): GraphNode => {
      const given = isObject(node) ? node : {};
      const name = textOf(given.name);
      const op = textOf(given.op);
      return {
        name,
        op,
        inputs: textsOf(given.input).filter((input) => !input.startsWith("^")),
        attributes: jsonAttributes(isObject(given.attr) ? given.attr : {}),
        constant: op === "Const" ? (weights.get(name) ?? null) : null,
      };
    }),
  );
}

function readFunction(json: unknown, weights: ReadonlyMap<string, Tensor>, budget: Budget): GraphFunction {
  const given = isObject(json) ? json : {};
  const signature = isObject(given.signature) ? given.signature : {};
  const names = (list: unknown): string[] =>
    isList(list) ? list.map((one) => (isObject(one) ? textOf(one.name) : "")) : [];
  const values = isObject(given.ret) ? given.ret : {};
  return {
    name: textOf(signature.name),
    parameters: names(signature.inputArg),
    parameterShapes: new Map(),
    nodes: readNodes(given.nodeDef, weights, budget),
    returns: names(signature.outputArg).map((output) => textOf(values[output])),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): readonly string[] {
  return isList(value) ? value.map(textOf) : [];
}

/** Attributes as protobuf's JSON writes them: 64-bit numbers as texts, bytes in base64. */
function jsonAttributes(attributes: PlainObject): Attributes {
  const own = (name: string): PlainObject => {
    const value = attributes[name];
    return isObject(value) ? value : {};
  };
  const items = (name: string, kind: string): readonly unknown[] => {
    const value = own(name);
    const list = isObject(value.list) ? value.list[kind] : undefined;
    return isList(list) ? list : value[kind] === undefined ? [] : [value[kind]];
  };
  const number = (value: unknown): number =>
    typeof value === "string" ? Number(value) : Number(value ?? Number.NaN);
  return {
    text: (name) => (typeof own(name).s === "string" ? fromBase64(textOf(own(name).s)) : null),
    texts: (name) => items(name, "s").map((value) => fromBase64(textOf(value))),
    integers(name) {
      const found = items(name, "i").map(number);
      return found.length === 0 && !isObject(own(name).list) ? null : found;
    },
    real: (name) => (own(name).f === undefined ? null : number(own(name).f)),
    flag: (name) => (typeof own(name).b === "boolean" ? (own(name).b as boolean) : null),
    shapes: (name) => items(name, "shape").map(shapeOf),
    functions: (name) =>
      items(name, "func").flatMap((value) =>
        isObject(value) && typeof value.name === "string" ? [value.name] : [],
      ),
    type(name) {
      const { type } = own(name);
      return typeof type === "string" ? dtypeNumber(type) : typeof type === "number" ? type : null;
    },
  };
}

function shapeOf(value: unknown): Extents | null {
  if (!isObject(value) || value.unknownRank === true) return null;
  if (!isList(value.dim)) return [];
  return value.dim.map((dim) => {
    const size = isObject(dim) ? Number(dim.size ?? 0) : Number.NaN;
    return Number.isSafeInteger(size) && size >= 0 ? size : null;
  });
}

/** Text from base64; what is none is taken as it is, as some converters write plain text. */
function fromBase64(text: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return text;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
