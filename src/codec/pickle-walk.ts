import type { Budget } from "../budget.ts";
import type { PickleNode, PickleValue } from "./pickle-value.ts";

/** Every node that `root` holds, each once, without recursion: also what nobody would look at. */
export function* pickleNodes(root: PickleValue, budget: Budget): Generator<PickleNode> {
  const visited = new Set<PickleNode>();
  const rest: PickleNode[] = [];
  push(rest, root);
  while (rest.length > 0) {
    const value = rest.pop()!;
    if (visited.has(value)) continue;
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

/** Numbers and names are left out: a list may hold a million of them. */
function push(rest: PickleNode[], value: PickleValue): void {
  if (typeof value === "object" && value !== null) rest.push(value);
}

function pushParts(rest: PickleNode[], node: PickleNode): void {
  switch (node.kind) {
    case "list":
    case "tuple":
    case "set":
    case "frozenset":
      for (const item of node.items) push(rest, item);
      break;
    case "persistent":
      push(rest, node.id);
      break;
    case "dict":
      pushEntries(rest, node.entries);
      break;
    case "object":
      push(rest, node.callable);
      for (const value of node.args) push(rest, value);
      push(rest, node.keywords);
      push(rest, node.state ?? null);
      for (const value of node.items) push(rest, value);
      pushEntries(rest, node.entries);
      break;
  }
}

function pushEntries(rest: PickleNode[], entries: ReadonlyMap<PickleValue, PickleValue>): void {
  for (const [key, value] of entries) {
    push(rest, key);
    push(rest, value);
  }
}
