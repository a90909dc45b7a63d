import type { Message } from "./hdf5-messages.ts";
import { concat, little, utf8 } from "./weight.ts";

/** Half the links of a symbol table node, and of the children of a B-tree node, as the superblock states them. */
export const LEAF_K = 4;
export const TREE_K = 16;

/** What a name leads to: an address, or a path of this file. */
export type SymbolTarget = number | { readonly soft: string };

const NONE = 0xffffffffffffffffn;

/** Whether a group of this many links fits the one B-tree node that is written here. */
export function fitsSymbols(links: number): boolean {
  return links <= 2 * LEAF_K * 2 * TREE_K;
}

/**
 * An old-style group (specification III.A.1, III.B and III.D): names in a local heap, links in symbol table nodes
 * sorted by name, a B-tree above them. `put` writes bytes and says where. Returns the group's message.
 */
export function symbolTable(
  links: readonly (readonly [name: string, target: SymbolTarget])[],
  put: (bytes: Uint8Array) => number,
): Message {
  const sorted = links.toSorted(([a], [b]) => Buffer.compare(utf8(a), utf8(b)));
  const heap: Uint8Array[] = [new Uint8Array(8)];
  let used = 8;
  const keep = (text: string): number => {
    const bytes = new Uint8Array(Math.ceil((utf8(text).length + 1) / 8) * 8);
    bytes.set(utf8(text));
    heap.push(bytes);
    used += bytes.length;
    return used - bytes.length;
  };
  const children: { node: number; last: number }[] = [];
  for (let from = 0; from < sorted.length; from += 2 * LEAF_K) {
    const some = sorted.slice(from, from + 2 * LEAF_K);
    let last = 0;
    const entries = some.map(([name, target]) => {
      last = keep(name);
      return symbol(last, target, keep);
    });
    const node = new Uint8Array(8 + 2 * LEAF_K * 40);
    node.set(concat([utf8("SNOD"), Uint8Array.of(1, 0), little(some.length, 2), ...entries]));
    children.push({ node: put(node), last });
  }
  const tree = new Uint8Array(24 + (2 * TREE_K + 1) * 8 + 2 * TREE_K * 8);
  const keys = children.map(({ node, last }) => concat([little(node, 8), little(last, 8)]));
  tree.set(
    concat([
      utf8("TREE"),
      Uint8Array.of(0, 0),
      little(children.length, 2),
      little(NONE, 8),
      little(NONE, 8),
      little(0, 8),
      ...keys,
    ]),
  );
  const treeAt = put(tree);
  const data = put(concat(heap));
  const head = put(concat([utf8("HEAP"), little(0, 4), little(used, 8), little(1, 8), little(data, 8)]));
  return { type: 0x11, body: concat([little(treeAt, 8), little(head, 8)]) };
}

function symbol(name: number, target: SymbolTarget, keep: (text: string) => number): Uint8Array {
  if (typeof target === "number") return concat([little(name, 8), little(target, 8), new Uint8Array(24)]);
  const value = keep(target.soft);
  return concat([
    little(name, 8),
    little(NONE, 8),
    little(2, 4),
    little(0, 4),
    little(value, 4),
    new Uint8Array(12),
  ]);
}
