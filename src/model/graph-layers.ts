import type { Tensor } from "../tensor/tensor.ts";
import type { FoundLayers } from "./find-layers.ts";
import { convLayer, type LayerFacts } from "./layers.ts";

/**
 * Layers of a file that holds its operators: the convolutions that were found in its graph, in the order of
 * execution, and the tensors that no convolution uses. `tensors` are all of the model; those of rank 3 to 5 that
 * are no kernel are rejected with `why` (what uses them instead, where the format knows).
 *
 * Kernels that two operators share are one layer; two layers of one name are told apart by their tensors' names,
 * then by numbers.
 */
export function graphLayers(
  facts: readonly LayerFacts[],
  tensors: readonly Tensor[],
  why: (tensor: Tensor) => string = () => "No convolution of the graph uses it.",
): FoundLayers {
  const used = new Set<string>();
  const unique = facts.filter(({ kernel, kind, axisOrder }) => {
    const key = JSON.stringify([kernel.name, kind, axisOrder]);
    return used.has(key) ? false : used.add(key);
  });
  const kernels = new Set(unique.map(({ kernel }) => kernel.name));
  const rejected = tensors
    .filter(({ name, shape }) => shape.length >= 3 && shape.length <= 5 && !kernels.has(name))
    .map((tensor) => ({ tensor, reason: why(tensor) }));
  return { layers: distinct(unique).map(convLayer), rejected, notes: [] };
}

function distinct(facts: readonly LayerFacts[]): LayerFacts[] {
  const counts = new Map<string, number>();
  for (const { name } of facts) counts.set(name, (counts.get(name) ?? 0) + 1);
  const taken = new Set<string>();
  return facts.map((fact) => {
    const base = counts.get(fact.name) === 1 ? fact.name : fact.kernel.name;
    let name = base;
    for (let copy = 2; taken.has(name); copy++) name = `${base}#${copy}`;
    taken.add(name);
    return name === fact.name ? fact : { ...fact, name };
  });
}
