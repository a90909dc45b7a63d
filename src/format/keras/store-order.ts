/** A group with what is needed to put it in order. */
export interface OrderedNode<Node> {
  readonly name: string;
  readonly children: Map<string, Node>;
}

/**
 * Puts the groups of a store into the order in which they were saved. `saved` tells for a group itself where its
 * variables lie, which grows with time, except that HDF5 sometimes puts small things into gaps before. Groups
 * of one class are numbered in order, so that one that lies before a predecessor of its class was put into a
 * gap: it comes right after it.
 */
export function sortAsSaved<Node extends OrderedNode<Node>>(root: Node, saved: (node: Node) => number): void {
  const nodes = [root];
  for (const node of nodes) nodes.push(...node.children.values());
  const latest = new Map<Node, number>();
  // From the leaves up: a group was finished when the last thing below it was.
  for (const node of nodes.toReversed()) {
    const below = [...node.children.values()].map((child) => latest.get(child) ?? 0);
    latest.set(node, Math.max(saved(node), ...below));
  }
  for (const node of nodes) {
    const counted = [...node.children.values()].map((child) => ({ child, ...classOf(child.name) }));
    counted.sort((a, b) => a.count - b.count);
    const reached = new Map<string, number>();
    const keyed = counted.map(({ child, base }) => {
      const key = Math.max(latest.get(child) ?? 0, reached.get(base) ?? 0);
      reached.set(base, key);
      return { child, key };
    });
    keyed.sort((a, b) => a.key - b.key);
    node.children.clear();
    for (const { child } of keyed) node.children.set(child.name, child);
  }
}

/** `conv2d_10` → `conv2d` and 10; a name without a number is its class's first. */
function classOf(name: string): { readonly base: string; readonly count: number } {
  const count = /_(\d+)$/.exec(name);
  return count === null
    ? { base: name, count: 0 }
    : { base: name.slice(0, count.index), count: Number(count[1]) };
}
