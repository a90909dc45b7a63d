import type { Budget } from "../../budget.ts";
import type { Bundle } from "./bundle.ts";
import type { CheckpointTensor, CheckpointTensors } from "./checkpoint-tensors.ts";
import type { GraphNode } from "./graph.ts";
import type { ObjectGraph } from "./object-graph.ts";
import type { MetaGraph } from "./saved-model-proto.ts";
import type { NamedTensor, Variables } from "./weight.ts";

/** The variables of one graph of a SavedModel. `missing` collects the names of those that have no values. */
export function modelVariables(
  { graph, objects }: MetaGraph,
  bundle: Bundle | null,
  stored: CheckpointTensors | null,
  missing: Set<string>,
  budget: Budget,
): Variables {
  const keys = objects === null || stored?.graph == null ? new Map() : keysOf(objects, stored.graph, budget);
  const main = new Map(graph.nodes.map((node) => [node.name, node]));
  const named = (key: string): NamedTensor | null => {
    const found: CheckpointTensor | undefined = stored?.byKey.get(key);
    if (found !== undefined) return found;
    const entry = bundle?.entries.get(key);
    return entry === undefined || bundle === null ? null : { tensor: bundle.tensor(entry), alias: key };
  };
  const orMissing = (found: NamedTensor | null, name: string): NamedTensor | null => {
    if (found === null) missing.add(name);
    return found;
  };
  return {
    variable(node: GraphNode) {
      const shared = node.attributes.text("shared_name") ?? "";
      return orMissing(named(node.name) ?? (shared === "" ? null : named(shared)), node.name);
    },
    object(id) {
      const object = objects?.objects[id];
      if (object === undefined) return null;
      const constant = object.constant === "" ? undefined : main.get(object.constant)?.constant;
      if (constant != null) return { tensor: constant, alias: object.constant };
      if (object.variable === null) return null;
      const key = keys.get(id);
      const found = key === undefined ? null : named(key);
      const name = object.variable.name;
      // The model's own name for the variable, where the checkpoint has only a path.
      const best =
        found !== null && !found.alias.includes("/") && name.includes("/")
          ? { ...found, alias: name }
          : found;
      return orMissing(best, name === "" ? `number ${id}` : name);
    },
  };
}

/**
 * The checkpoint's key of each variable of the model: both object graphs are walked side by side from their roots, by
 * the names of what objects own.
 */
function keysOf(model: ObjectGraph, checkpoint: ObjectGraph, budget: Budget): ReadonlyMap<number, string> {
  const keys = new Map<number, string>();
  const seen = new Set<number>([0]);
  const pending: [number, number][] = [[0, 0]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    budget.count(1, "objects of the model");
    const [ours, theirs] = [model.objects[pair[0]], checkpoint.objects[pair[1]]];
    if (ours === undefined || theirs === undefined) continue;
    const value = theirs.stored.find(({ name }) => name === "VARIABLE_VALUE") ?? theirs.stored[0];
    if (value !== undefined) keys.set(pair[0], value.key);
    const others = new Map(theirs.children.map(({ name, id }) => [name, id]));
    for (const { name, id } of ours.children) {
      const other = others.get(name);
      if (other === undefined || seen.has(id)) continue;
      seen.add(id);
      pending.push([id, other]);
    }
  }
  return keys;
}
