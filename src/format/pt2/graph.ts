import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type AtenArgument, type AtenCall, type AtenProgram, isValue } from "../aten/program.ts";
import { readArgument } from "./argument.ts";
import { field, fieldAt, isJsonObject, type JsonObject, listIn } from "./fields.ts";
import { scalarType, sizeOf } from "./scalar-types.ts";

/** A graph that is being walked: where it stands and what its values are called in the flat program. */
interface Frame {
  readonly graph: unknown;
  readonly nodes: readonly unknown[];
  /** Own name of a value → its name in the program. */
  readonly names: Map<string, string>;
  readonly prefix: string;
  next: number;
}

/**
 * The graph of an exported program, its inner graphs (`cond`, `while_loop`, `wrap_with_set_grad_enabled`, …) laid out
 * flat in the order in which they are met.
 *
 * @param program the parsed `models/NAME.json` or `serialized_exported_program.json`.
 * @param tensorOf the stored tensor of a parameter, buffer or constant by its name.
 * @throws ReadError `malformed` or what the budget says.
 */
export function exportedProgram(
  program: unknown,
  tensorOf: (name: string) => Tensor | null,
  budget: Budget,
): AtenProgram {
  const module = field(program, "graph_module");
  const root = field(module, "graph");
  if (!isJsonObject(root)) throw new ReadError("malformed", "The exported program holds no graph.");
  const calls: AtenCall[] = [];
  const stated = new Map<string, unknown>();
  const frames: Frame[] = [];
  let inner = 0;

  const enter = (graph: unknown, names: Map<string, string>, prefix: string): void => {
    budget.enter(frames.length + 1, "Graphs of the exported program");
    const values = field(graph, "tensor_values");
    if (isJsonObject(values)) {
      const own = Object.entries(values);
      budget.count(own.length, "values of the exported program");
      for (const [name, meta] of own) stated.set(names.get(name) ?? prefix + name, meta);
    }
    frames.push({ graph, nodes: listIn(graph, "nodes"), names, prefix, next: 0 });
  };

  enter(root, new Map(), "");
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const node = frame.nodes[frame.next++];
    if (frame.next > frame.nodes.length) {
      frames.pop();
      continue;
    }
    budget.count(1, "operators of the exported program");
    const { names, prefix } = frame;
    const called = (name: string): string => names.get(name) ?? prefix + name;
    const { call, graphs, operands } = readNode(node, called, budget);
    calls.push(call);
    // The last graph first: frames are a stack.
    for (const graph of graphs.toReversed()) {
      const own = new Map<string, string>();
      for (const [i, input] of listIn(graph, "inputs").entries()) {
        const name = fieldAt(input, "as_tensor", "name");
        if (typeof name === "string" && operands[i] !== undefined) own.set(name, operands[i]!);
      }
      enter(graph, own, `${prefix}${++inner}/`);
    }
  }
  return {
    calls,
    tensors: parameters(module, tensorOf),
    outputs: listIn(root, "outputs").flatMap((output) => {
      const name = fieldAt(output, "as_tensor", "name");
      return typeof name === "string" ? [name] : [];
    }),
    shapeOf(value) {
      const meta = stated.get(value);
      const sizes = field(meta, "sizes");
      if (!Array.isArray(sizes)) return null;
      return { dtype: scalarType(field(meta, "dtype")), shape: sizes.map(sizeOf) };
    },
  };
}

interface Node {
  readonly call: AtenCall;
  readonly graphs: readonly unknown[];
  /** What is given to the graphs, behind the last of them: a value, or undefined for a number. */
  readonly operands: readonly (string | undefined)[];
}

function readNode(node: unknown, called: (name: string) => string, budget: Budget): Node {
  const target = field(node, "target");
  if (typeof target !== "string")
    throw new ReadError("malformed", "A node of the exported program does not say which operator it is.");
  const args = new Map<string, AtenArgument>();
  const graphs: unknown[] = [];
  let operands: (string | undefined)[] = [];
  for (const [i, input] of listIn(node, "inputs").entries()) {
    const name = field(input, "name");
    const arg = field(input, "arg");
    const graph = fieldAt(arg, "as_graph", "graph");
    if (graph !== undefined) {
      graphs.push(graph);
      operands = [];
      continue;
    }
    const { argument } = readArgument(arg, called, budget);
    for (const one of Array.isArray(argument) ? argument : [argument])
      operands.push(isValue(one) ? one.value : undefined);
    args.set(typeof name === "string" && name !== "" ? name : `#${i}`, argument);
  }
  const results = listIn(node, "outputs").flatMap((output) => readArgument(output, called, budget).values);
  return { call: { operator: operatorOf(target), args, results }, graphs, operands };
}

/** `torch.ops.aten.conv2d.default` → `conv2d`; other namespaces keep theirs. */
function operatorOf(target: string): string {
  const [, name = target] = /^torch\.ops\.(.+)$/.exec(target) ?? [];
  const [space, operator, ...rest] = name.split(".");
  if (operator === undefined) return name;
  return space === "aten" ? operator : [space, operator, ...rest.slice(1)].join(".");
}

/** Values of the root graph that are parameters, buffers or constants, by the signature. */
function parameters(module: unknown, tensorOf: (name: string) => Tensor | null): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const put = (spec: unknown, key: string): void => {
    const name = field(spec, key);
    const value = fieldAt(spec, "arg", "name");
    if (typeof name !== "string" || typeof value !== "string") return;
    const tensor = tensorOf(name);
    if (tensor !== null) tensors.set(value, tensor);
  };
  for (const spec of listIn(field(module, "signature"), "input_specs")) {
    put(field(spec, "parameter"), "parameter_name");
    put(field(spec, "buffer"), "buffer_name");
    put(field(spec, "tensor_constant"), "tensor_constant_name");
  }
  return tensors;
}

/** The names of an exported program's parameters that are trained. */
export function trainedNames(config: JsonObject): ReadonlySet<string> {
  const trained = new Set<string>();
  for (const [name, meta] of Object.entries(config))
    if (field(meta, "is_param") === true && fieldAt(meta, "tensor_meta", "requires_grad") === true)
      trained.add(name);
  return trained;
}
