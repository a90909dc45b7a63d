import { ReadError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Extents with null for unknown ones. */
export type Extents = readonly (number | null)[];

/** The attributes of an operator; what is not there, or of another kind, is null or empty. */
export interface Attributes {
  text(name: string): string | null;
  texts(name: string): readonly string[];
  /** A list of integers, or one as a list. */
  integers(name: string): readonly number[] | null;
  real(name: string): number | null;
  flag(name: string): boolean | null;
  /** A list of shapes, or one as a list; null for a shape without a known number of axes. */
  shapes(name: string): readonly (Extents | null)[];
  /** Names of the functions that a call runs. */
  functions(name: string): readonly string[];
  /** A type as its number. */
  type(name: string): number | null;
}

/** One operator of a TensorFlow graph, whichever file it came from. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** What it is given, without control inputs: `node`, `node:1` or, in functions, `node:output:1`. */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
  /** The value of a `Const`; null for other operators. */
  readonly constant: Tensor | null;
}

/** A function of a graph's library. */
export interface GraphFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Shapes of parameters, as far as the file states them. */
  readonly parameterShapes: ReadonlyMap<number, Extents>;
  readonly nodes: readonly GraphNode[];
  /** What it returns, in order. */
  readonly returns: readonly string[];
}

/** A graph with its library. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly functions: ReadonlyMap<string, GraphFunction>;
}

/** One output of an operator, as inputs name it. */
export interface Reference {
  readonly node: string;
  /** The output's name, in functions; empty in the main graph. */
  readonly port: string;
  readonly index: number;
}

/** Reads `node`, `node:1` or `node:output:1`. */
export function readReference(input: string): Reference {
  const [node = "", second = "0", third] = input.split(":");
  if (third !== undefined) return { node, port: second, index: Number(third) || 0 };
  return /^\d+$/.test(second) ? { node, port: "", index: Number(second) } : { node, port: second, index: 0 };
}

/**
 * `nodes`, whose names must differ: operators of one name could be told apart by nobody.
 *
 * @throws ReadError `ambiguous`.
 */
export function uniqueNodes(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const names = new Set<string>();
  for (const { name } of nodes) {
    if (names.has(name)) {
      throw new ReadError("ambiguous", `The graph holds two operators called ${JSON.stringify(name)}.`);
    }
    names.add(name);
  }
  return nodes;
}
