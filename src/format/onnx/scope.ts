import { ReadError } from "../../errors.ts";
import type { Constant } from "./constant.ts";
import type { OnnxAttribute, OnnxNode, OnnxShape } from "./messages.ts";

/** The names of one graph, or of one call of a function, while its nodes are gone through. */
export interface Scope {
  /** What each name stands for, as far as it was met: null when it is no constant. */
  readonly values: Map<string, Constant | null>;
  readonly shapes: ReadonlyMap<string, OnnxShape>;
  /** The graph around a subgraph; a function sees nothing around it. */
  readonly parent: Scope | null;
  /** The attributes of the call that this is the body of. */
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** Names of the nodes around it, by which tensors of one name are told apart. */
  readonly path: readonly string[];
  /** Names of the calls around it, which stand before the names of its layers. */
  readonly callers: readonly string[];
  readonly depth: number;
}

/** A scope in which nothing is known yet. */
export function newScope(parts: Partial<Scope>): Scope {
  return {
    values: new Map(),
    shapes: new Map(),
    parent: null,
    attributes: new Map(),
    path: [],
    callers: [],
    depth: 0,
    ...parts,
  };
}

/**
 * Says what `name` stands for.
 *
 * @throws ReadError `ambiguous` when the same graph has said so before.
 */
export function define(scope: Scope, name: string, value: Constant | null): void {
  if (name === "") return;
  if (scope.values.has(name))
    throw new ReadError("ambiguous", `The ONNX graph defines ${JSON.stringify(name)} twice.`);
  scope.values.set(name, value);
}

/** What `name` stands for: null when it is no constant, or not known. */
export function lookUp(scope: Scope, name: string): Constant | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const value = at.values.get(name);
    if (value !== undefined) return value;
  }
  return null;
}

/** The shape of `name`, where the file tells it. */
export function shapeOf(scope: Scope, name: string): OnnxShape | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const shape = at.shapes.get(name);
    if (shape !== undefined) return shape;
    // A nearer value of that name hides what is around it.
    if (at.values.has(name)) return null;
  }
  return null;
}

/** An attribute of `node`; one that refers to the enclosing function's is looked up there. */
export function attributeOf(scope: Scope, node: OnnxNode, name: string): OnnxAttribute | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.reference == null ? attribute : scope.attributes.get(attribute.reference);
}
