import type { EntryPoint } from "./find-convolutions.ts";
import type { ObjectGraph } from "./object-graph.ts";
import type { MetaGraph } from "./saved-model-proto.ts";
import { functionScope, mainScope } from "./scope.ts";

/**
 * What to run of a SavedModel, the signature for serving first. A TensorFlow 2 model is a library of functions that
 * were traced with objects: its signatures, then what else its objects can do, as a method without a signature.
 * TensorFlow 1's is one graph, of which the signatures name the outputs; training adds operators that nobody serves.
 */
export function entryPoints({ graph, signatures, objects }: MetaGraph): readonly EntryPoint[] {
  const captures = objects?.captures ?? new Map<string, readonly number[]>();
  if (objects === null || captures.size === 0) {
    const scope = mainScope(graph);
    const outputs = [...signatures.values()].flat();
    return [{ scope, outputs: outputs.length === 0 ? null : outputs }];
  }
  const first = signatureFunctions(objects, [...signatures.keys()]);
  const others = [...captures.keys()].filter((name) => !first.includes(name)).sort(byNumber);
  return [...first, ...others].flatMap((name) => {
    const called = graph.functions.get(name);
    const inputs = captures.get(name);
    if (called === undefined || inputs === undefined || inputs.length > called.parameters.length) return [];
    return [{ scope: functionScope(graph, called, inputs), outputs: called.returns }];
  });
}

/** Functions of the object `signatures`, in the order of `names`. */
function signatureFunctions({ objects }: ObjectGraph, names: readonly string[]): readonly string[] {
  const map = objects[0]?.children.find(({ name }) => name === "signatures");
  const children = map === undefined ? [] : (objects[map.id]?.children ?? []);
  const inOrder = [...names, ...children.map(({ name }) => name)];
  return [
    ...new Set(
      inOrder.flatMap((wanted) =>
        children.filter(({ name }) => name === wanted).flatMap(({ id }) => objects[id]?.functions ?? []),
      ),
    ),
  ];
}

/** Functions end with a number that counts up as they are traced. */
function byNumber(a: string, b: string): number {
  const number = (name: string): number => Number(/_(\d+)$/.exec(name)?.[1] ?? 0);
  return number(a) - number(b) || (a < b ? -1 : 1);
}
