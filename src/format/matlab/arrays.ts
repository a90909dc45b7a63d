import type { Budget } from "../../budget.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Hdf5Object } from "../hdf5/protocol.ts";
import type { MatlabValues } from "./values.ts";

/** A numeric array and the object that holds it. */
export interface MatlabArray {
  readonly object: Hdf5Object;
  readonly tensor: Tensor;
}

/**
 * Every numeric array, by the expression that reaches it, such as `net.layers{3}.weights{1}`; elements of cells are
 * counted from 1, as in MATLAB. What several places refer to is listed where it is met first.
 */
export async function listArrays(values: MatlabValues, budget: Budget): Promise<MatlabArray[]> {
  const arrays: MatlabArray[] = [];
  const seen = new Set<string>();
  const pending = values.variables.map(([name, object]) => ({ name, object, depth: 1 })).reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { name, object, depth } = next;
    budget.count(1, "values");
    if (seen.has(object.path)) continue;
    seen.add(object.path);
    budget.enter(depth, "Values of the file");
    const tensor = values.array(object, name);
    if (tensor !== null) {
      arrays.push({ object, tensor });
      continue;
    }
    const inner: { name: string; object: Hdf5Object; depth: number }[] = [];
    for (const [field, value] of values.fields(object)) {
      inner.push({ name: `${name}.${field}`, object: value, depth: depth + 1 });
    }
    for (const [i, element] of ((await values.elements(object)) ?? []).entries()) {
      if (element !== null) inner.push({ name: `${name}{${i + 1}}`, object: element, depth: depth + 1 });
    }
    pending.push(...inner.reverse());
  }
  return arrays;
}
