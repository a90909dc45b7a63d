import type { Budget } from "../budget.ts";
import type { PickleNode, PickleValue } from "./pickle-value.ts";

/** Every node that `root` holds, each once, without recursion: also what nobody would look at. */
export function* pickleNodes(root: PickleValue, budget: Budget): Generator<PickleNode> {
  const visited = new Set<PickleNode>();
  const rest: PickleValue[] = [root];
  while (rest.length > 0) {
    const value = rest.pop()!;
    if (typeof value !== "object" || value === null || visited.has(value)) continue;
    visited.add(value);
    budget.count(1, "values in its pickle");
    yield value;
    const from = rest.length;
    pushParts(rest, value);
    // The first part is looked at first.
    for (let low = from, high = rest.length - 1; low < high; low++, high--) {
      const swap = rest[low]!;
      rest[low] = rest[high]!;
      rest[high] = swap;
    }
  }
}

function pushParts(rest: PickleValue[], node: PickleNode): void {
  switch (node.kind) {
    case "list":
    case "tuple":
    case "set":
    case "frozenset":
      for (const item of node.items) rest.push(item);
      break;
    case "persistent":
      rest.push(node.id);
      break;
    case "dict":
      for (const [key, value] of node.entries) rest.push(key, value);
      break;
    case "object":
      rest.push(node.callable);
      for (const value of node.args) rest.push(value);
      rest.push(node.keywords, node.state ?? null);
      for (const value of node.items) rest.push(value);
      for (const [key, value] of node.entries) rest.push(key, value);
      break;
  }
}
