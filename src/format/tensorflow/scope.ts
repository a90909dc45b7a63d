import type { Budget } from "../../budget.ts";
import {
  type Extents,
  type Graph,
  type GraphFunction,
  type GraphNode,
  type Reference,
  readReference,
} from "./graph.ts";

/** What a parameter stands for: a value of the caller, an object that the function was traced with, or nothing known. */
export type Argument =
  | { readonly kind: "value"; readonly scope: Scope; readonly input: string }
  | { readonly kind: "object"; readonly id: number }
  | { readonly kind: "parameter"; readonly shape: Extents | null };

/** One run of a graph or function: the same function called twice has two. */
export interface Scope {
  readonly graph: Graph;
  readonly nodes: readonly GraphNode[];
  readonly byName: ReadonlyMap<string, GraphNode>;
  readonly parameters: ReadonlyMap<string, Argument>;
  readonly called: GraphFunction | null;
  /** Where it was called; null for the outermost. */
  readonly caller: { readonly scope: Scope; readonly node: GraphNode } | null;
  /** Scopes of the calls in it, made when they are first entered. */
  readonly calls: Map<string, Scope>;
  readonly depth: number;
}

/** The scope of a main graph. */
export function mainScope(graph: Graph): Scope {
  return newScope(graph, graph.nodes, { parameters: new Map(), called: null, caller: null, depth: 0 });
}

/** The scope of a function that is run by itself, with the objects that stand for its last parameters. */
export function functionScope(graph: Graph, called: GraphFunction, captures: readonly number[]): Scope {
  const first = called.parameters.length - captures.length;
  const parameters = new Map(
    called.parameters.map((name, i): [string, Argument] => [
      name,
      i < first ? unknown(called, i) : { kind: "object", id: captures[i - first]! },
    ]),
  );
  return newScope(graph, called.nodes, { parameters, called, caller: null, depth: 0 });
}

/** A parameter of which at most the shape is known. */
function unknown(called: GraphFunction, index: number): Argument {
  return { kind: "parameter", shape: called.parameterShapes.get(index) ?? null };
}

function newScope(
  graph: Graph,
  nodes: readonly GraphNode[],
  own: Pick<Scope, "parameters" | "called" | "caller" | "depth">,
): Scope {
  return { graph, nodes, byName: new Map(nodes.map((node) => [node.name, node])), calls: new Map(), ...own };
}

/** What one call counts for, beside the operators of its function. */
const CALL_OBJECTS = 100;

/** Calls of one function. */
const CALLS: ReadonlySet<string> = new Set([
  "PartitionedCall",
  "StatefulPartitionedCall",
  "TPUPartitionedCall",
  "XlaLaunch",
]);

/** Attributes of operators that run one of several functions, or one many times, and how many inputs are their own. */
const BRANCHES: ReadonlyMap<string, { readonly attributes: readonly string[]; readonly own: number }> =
  new Map([
    ["If", { attributes: ["then_branch", "else_branch"], own: 1 }],
    ["StatelessIf", { attributes: ["then_branch", "else_branch"], own: 1 }],
    ["Case", { attributes: ["branches"], own: 1 }],
    ["StatelessCase", { attributes: ["branches"], own: 1 }],
    ["While", { attributes: ["body"], own: 0 }],
    ["StatelessWhile", { attributes: ["body"], own: 0 }],
  ]);

/** Names of the functions that `node` runs; none when it runs no function of the library. */
export function calledNames(node: GraphNode, { functions }: Graph): readonly string[] {
  if (CALLS.has(node.op)) return node.attributes.functions("f");
  const branches = BRANCHES.get(node.op);
  if (branches !== undefined) return branches.attributes.flatMap((name) => node.attributes.functions(name));
  // A function may also be called by its own name, as if it were an operator.
  return functions.has(node.op) ? [node.op] : [];
}

/** The scopes that `node` runs, in order; none when it runs no function. */
export function calledScopes(scope: Scope, node: GraphNode, budget: Budget): readonly Scope[] {
  return [...new Set(calledNames(node, scope.graph))].flatMap((name) => {
    const called = scope.graph.functions.get(name);
    if (called === undefined) return [];
    const key = `${node.name}\n${name}`;
    const known = scope.calls.get(key);
    if (known !== undefined) return [known];
    budget.enter(scope.depth + 1, "Functions of the graph");
    // A call costs memory even when its function is short.
    const objects = called.nodes.length + called.parameters.length + called.returns.length;
    budget.count(objects + CALL_OBJECTS, "operators in called functions");
    const given = node.inputs.slice(BRANCHES.get(node.op)?.own ?? 0);
    const parameters = new Map(
      called.parameters.map((parameter, i): [string, Argument] => [
        parameter,
        given[i] === undefined ? unknown(called, i) : { kind: "value", scope, input: given[i] },
      ]),
    );
    const inner = newScope(scope.graph, called.nodes, {
      parameters,
      called,
      caller: { scope, node },
      depth: scope.depth + 1,
    });
    scope.calls.set(key, inner);
    return [inner];
  });
}

/** Where a value comes from: an operator's output, an object, or a parameter of which nothing more is known. */
export type Origin =
  | { readonly kind: "node"; readonly scope: Scope; readonly node: GraphNode; readonly from: Reference }
  | { readonly kind: "object"; readonly id: number }
  | { readonly kind: "parameter"; readonly shape: Extents | null }
  | null;

/** Follows an input through parameters and called functions to what makes it. */
export function originOf(scope: Scope, input: string, budget: Budget): Origin {
  let at = { scope, input };
  for (;;) {
    budget.count(1, "steps through functions of the graph");
    const from = readReference(at.input);
    const parameter = at.scope.parameters.get(from.node);
    if (parameter !== undefined) {
      if (parameter.kind !== "value") return parameter;
      at = { scope: parameter.scope, input: parameter.input };
      continue;
    }
    const node = at.scope.byName.get(from.node);
    if (node === undefined) return null;
    const inner =
      CALLS.has(node.op) || at.scope.graph.functions.has(node.op)
        ? calledScopes(at.scope, node, budget)[0]
        : undefined;
    const returned = inner?.called?.returns[from.index];
    if (inner === undefined || returned === undefined) return { kind: "node", scope: at.scope, node, from };
    at = { scope: inner, input: returned };
  }
}

/**
 * The operators that `outputs` need, each after what it is given, otherwise in the file's order; all of them without
 * `outputs`.
 */
export function inOrder(scope: Scope, outputs: readonly string[] | null): readonly GraphNode[] {
  const needed = outputs === null ? null : neededFor(scope, outputs);
  const done = new Set<string>();
  const open = new Set<string>();
  const ordered: GraphNode[] = [];
  for (const root of scope.nodes) {
    if (needed !== null && !needed.has(root.name)) continue;
    const pending = [root];
    while (pending.length > 0) {
      const node = pending.at(-1)!;
      if (done.has(node.name)) {
        pending.pop();
        continue;
      }
      if (open.has(node.name)) {
        pending.pop();
        open.delete(node.name);
        done.add(node.name);
        ordered.push(node);
        continue;
      }
      open.add(node.name);
      for (const input of node.inputs.toReversed()) {
        const before = scope.byName.get(readReference(input).node);
        // What is open already is a loop of TensorFlow 1: it is entered once.
        if (before !== undefined && !done.has(before.name) && !open.has(before.name)) pending.push(before);
      }
    }
  }
  return ordered;
}

function neededFor(scope: Scope, outputs: readonly string[]): ReadonlySet<string> {
  const needed = new Set<string>();
  const pending = outputs.map((output) => readReference(output).node);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = scope.byName.get(name);
    if (node === undefined || needed.has(name)) continue;
    needed.add(name);
    for (const input of node.inputs) pending.push(readReference(input).node);
  }
  return needed;
}
