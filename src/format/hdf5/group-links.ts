import { Beyond } from "./beyond.ts";
import { cursorOf } from "./bytes.ts";
import type { MetadataReader } from "./metadata-reader.ts";
import type { ReadNow, Superblock } from "./superblock.ts";

/** A hard link of an old-style group. */
export interface GroupLink {
  readonly name: string;
  /** Of the object's header, relative to the superblock. */
  readonly address: number;
}

/** Nodes of one group's B-tree; each symbol table node holds at least a few links. */
const MAX_NODES = 20_000;
/** Bytes of a group's names. */
const MAX_HEAP_BYTES = 16 * 1024 ** 2;

/**
 * The links of an old-style group, by name: a B-tree whose leaves are symbol table nodes, and a heap with the
 * names (HDF5 File Format Specification 3.0, III.A.1, III.B and III.D).
 */
export function readGroupLinks(
  { read, want }: MetadataReader,
  superblock: Superblock,
  message: Uint8Array,
): readonly GroupLink[] {
  const { base, offsetSize } = superblock;
  const cursor = cursorOf(message);
  const tree = cursor.number(offsetSize);
  const names = readHeap(read, superblock, base + cursor.number(offsetSize));
  const links: GroupLink[] = [];
  const pending = [{ at: base + tree, level: -1 }];
  const seen = new Set<number>();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node.at) || seen.size >= MAX_NODES) throw new Beyond("a group's tree that runs in a circle");
    seen.add(node.at);
    if (node.level === 0) {
      links.push(...readSymbols(read, superblock, node.at, names));
    } else {
      const children = readTreeNode(read, superblock, node);
      want(children.map(({ at }) => at));
      pending.push(...children.toReversed());
    }
  }
  return links;
}

interface TreePlace {
  readonly at: number;
  /** 0: a symbol table node; otherwise one more than the level of the tree's node here, -1 for the unknown root. */
  readonly level: number;
}

function readTreeNode(
  read: ReadNow,
  { base, offsetSize, lengthSize }: Superblock,
  { at, level }: TreePlace,
): TreePlace[] {
  const head = cursorOf(read(at, 8));
  expectSignature(head.take(4), "TREE");
  const type = head.number(1);
  const own = head.number(1);
  const used = head.number(2);
  if (type !== 0 || (level !== -1 && own !== level - 1)) throw new Beyond("a group's tree of other nodes");
  const entries = cursorOf(read(at + 8, 2 * offsetSize + used * (lengthSize + offsetSize) + lengthSize));
  entries.skip(2 * offsetSize);
  return Array.from({ length: used }, () => {
    entries.skip(lengthSize);
    return { at: base + entries.number(offsetSize), level: own };
  });
}

function readSymbols(read: ReadNow, { offsetSize }: Superblock, at: number, names: Uint8Array): GroupLink[] {
  const head = cursorOf(read(at, 8));
  expectSignature(head.take(4), "SNOD");
  if (head.number(1) !== 1) throw new Beyond("a symbol table node of another version");
  head.skip(1);
  const count = head.number(2);
  const entries = cursorOf(read(at + 8, count * (2 * offsetSize + 24)));
  return Array.from({ length: count }, () => {
    const nameAt = entries.number(offsetSize);
    const address = entries.address(offsetSize);
    const cacheType = entries.number(4);
    entries.skip(20);
    if (cacheType > 1 || address === null) throw new Beyond("a soft link");
    return { name: nameIn(names, nameAt), address };
  });
}

/** The data segment of a local heap. */
function readHeap(read: ReadNow, { base, offsetSize, lengthSize }: Superblock, at: number): Uint8Array {
  const head = cursorOf(read(at, 8 + 2 * lengthSize + offsetSize));
  expectSignature(head.take(4), "HEAP");
  if (head.number(1) !== 0) throw new Beyond("a local heap of another version");
  head.skip(3);
  const size = head.number(lengthSize);
  head.skip(lengthSize);
  if (size > MAX_HEAP_BYTES) throw new Beyond("a local heap of many bytes");
  return read(base + head.number(offsetSize), size);
}

function nameIn(heap: Uint8Array, at: number): string {
  const end = heap.indexOf(0, at);
  if (end < 0 || at >= heap.length) throw new Beyond("a name outside its heap");
  const name = new TextDecoder().decode(heap.subarray(at, end));
  // What these would mean in a path only libhdf5 decides.
  if (name === "" || name === "." || /[/\ufffd]/.test(name)) throw new Beyond("a name that is no name");
  return name;
}

function expectSignature(bytes: Uint8Array, wanted: string): void {
  if (String.fromCharCode(...bytes) !== wanted) throw new Beyond(`no ${wanted} where one should be`);
}
