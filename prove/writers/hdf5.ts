import {
  attribute,
  chunkedLayout,
  compactLayout,
  contiguousLayout,
  dataspace,
  datatype,
  deflateFilter,
  externalFiles,
  fillValue,
  groupMessages,
  type H5Type,
  link,
  type Message,
  objectHeader,
  stringType,
  virtualLayout,
  vlenStringType,
} from "./hdf5-messages.ts";
import { fitsSymbols, LEAF_K, type SymbolTarget, symbolTable, TREE_K } from "./hdf5-symbols.ts";
import { lookup3 } from "./lookup3.ts";
import { concat, little, utf8 } from "./weight.ts";

/** An attribute: a string (variable length), strings (fixed length) or typed values. */
export type H5Attribute =
  | string
  | readonly string[]
  | { readonly type: H5Type; readonly shape: readonly number[] | null; readonly bytes: Uint8Array };

/** A group, its attributes and members in order; names may repeat. */
export interface H5Group {
  readonly kind: "group";
  readonly attributes?: Readonly<Record<string, H5Attribute>> | undefined;
  readonly members: readonly (readonly [string, H5Node])[];
}

/** A dataset. `length` without `bytes` reserves a hole: a sparse file of any size. */
export interface H5Dataset {
  readonly kind: "dataset";
  readonly type: H5Type;
  readonly shape: readonly (number | bigint)[];
  readonly bytes?: Uint8Array;
  readonly length?: number;
  readonly attributes?: Readonly<Record<string, H5Attribute>> | undefined;
  /**
   * Default contiguous. `external` names a host file, `virtual` maps another dataset, `chunks` are deflated chunks of
   * these extents, none of which was written.
   */
  readonly storage?:
    | "contiguous"
    | "compact"
    | { readonly external: string }
    | { readonly virtual: string }
    | { readonly chunks: readonly number[] };
  /** Replaces the stated address or size of the values. */
  readonly address?: number | bigint;
  readonly statedSize?: number | bigint;
}

/** Another name: for a path of this file, an object of another file, or the address of an object. */
export interface H5Link {
  readonly kind: "link";
  readonly to:
    | { readonly soft: string }
    | { readonly file: string; readonly path: string }
    /** 0: the group that holds the link, 1: its parent, and so on. */
    | { readonly parent: number };
}

export type H5Node = H5Group | H5Dataset | H5Link;

/** A run of bytes of a file that may have holes. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A file as pieces; what lies between them is zero. */
export interface SparseFile {
  readonly size: number;
  readonly pieces: readonly Piece[];
}

const SUPERBLOCK = 96;

/** How a file is laid out. */
export interface H5Layout {
  /** Bytes before the superblock. */
  readonly userBlock?: number;
  /** Groups as h5py writes them by default (symbol tables); otherwise links are messages. */
  readonly symbols?: boolean;
}

type LinkTarget = Parameters<typeof link>[1];

/** What a link names by path instead of an address; null for everything else. */
function pathOf(node: H5Node): Exclude<H5Link["to"], { parent: number }> | null {
  return node.kind !== "link" || "parent" in node.to ? null : node.to;
}

/** Old-style groups have no links to other files. */
function leavesFile([, node]: readonly [string, H5Node]): boolean {
  return node.kind === "link" && "file" in node.to;
}

/** An HDF5 file (superblock 0, version 1 headers) as pieces. */
export function hdf5Pieces(root: H5Group, options: H5Layout = {}): SparseFile {
  const { userBlock = 0 } = options;
  const pieces: Piece[] = [];
  let end = SUPERBLOCK;
  const place = (bytes: Uint8Array | null, length: number): number => {
    const at = Math.ceil(end / 8) * 8;
    if (bytes !== null) pieces.push({ offset: userBlock + at, bytes });
    end = at + length;
    return at;
  };
  const put = (bytes: Uint8Array): number => place(bytes, bytes.length);
  const attributes = (node: H5Group | H5Dataset): Message[] =>
    Object.entries(node.attributes ?? {}).map(([name, value]) => attributeMessage(name, value, put));

  const writeDataset = (node: H5Dataset): number => {
    const { type, shape, storage = "contiguous" } = node;
    const length = node.length ?? node.bytes?.length ?? 0;
    const messages = [dataspace(shape), datatype(type), fillValue()];
    if (storage === "compact") messages.push(compactLayout(node.bytes ?? new Uint8Array()));
    else if (storage === "contiguous") {
      const at = length === 0 ? null : place(node.bytes ?? null, length);
      messages.push(contiguousLayout(node.address ?? at, node.statedSize ?? length));
    } else if ("chunks" in storage) {
      messages.push(chunkedLayout(storage.chunks, type.size), deflateFilter());
    } else if ("external" in storage) {
      messages.push(
        contiguousLayout(null, length),
        externalFiles(put(localHeap(storage.external, end)), length),
      );
    } else messages.push(virtualLayout(put(virtualMapping(storage.virtual)), 1));
    return put(objectHeader([...messages, ...attributes(node)]));
  };
  // A group's header is placed before its members, so that a member can name it: a cycle of hard links.
  const writeGroup = (node: H5Group, parents: readonly number[]): number => {
    const rest = attributes(node);
    const old =
      options.symbols === true && fitsSymbols(node.members.length) && !node.members.some(leavesFile);
    const header = (links: readonly Message[]): Uint8Array =>
      objectHeader([...(old ? [] : groupMessages()), ...links, ...rest]);
    const dummy = old
      ? [{ type: 0x11, body: new Uint8Array(16) }]
      : node.members.map(([name, member]) => link(name, pathOf(member) ?? 0));
    const at = place(null, header(dummy).length);
    const path = [at, ...parents];
    const links = node.members.map(([name, member]): [string, LinkTarget] => {
      if (member.kind === "group") return [name, writeGroup(member, path)];
      if (member.kind === "dataset") return [name, writeDataset(member)];
      const up = "parent" in member.to ? member.to.parent : 0;
      return [name, pathOf(member) ?? path[up] ?? path.at(-1)!];
    });
    const messages = old
      ? [symbolTable(links as [string, SymbolTarget][], put)]
      : links.map(([name, target]) => link(name, target));
    pieces.push({ offset: userBlock + at, bytes: header(messages) });
    return at;
  };
  const address = writeGroup(root, []);
  pieces.push({ offset: userBlock, bytes: superblock(address, end, userBlock) });
  return { size: userBlock + end, pieces };
}

/** The whole file in memory. */
export function hdf5(root: H5Group, options: H5Layout = {}): Uint8Array<ArrayBuffer> {
  return assemble(hdf5Pieces(root, options));
}

/** A sparse file with its holes filled by zeros. */
export function assemble({ size, pieces }: SparseFile): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(size);
  for (const { offset, bytes } of pieces) file.set(bytes, offset);
  return file;
}

function superblock(root: number, end: number, base: number): Uint8Array {
  const none = 0xffffffffffffffffn;
  return concat([
    Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0, 0, 8, 8, 0),
    little(LEAF_K, 2),
    little(TREE_K, 2),
    little(0, 4),
    little(base, 8),
    little(none, 8),
    little(end + base, 8),
    little(none, 8),
    little(0, 8),
    little(root, 8),
    little(0, 4 + 4 + 16),
  ]);
}

function attributeMessage(name: string, value: H5Attribute, put: (bytes: Uint8Array) => number): Message {
  if (typeof value === "string") {
    const text = utf8(value);
    const heap = put(globalHeap(text));
    return attribute(
      name,
      vlenStringType(),
      null,
      concat([little(text.length, 4), little(heap, 8), little(1, 4)]),
    );
  }
  if ("type" in value) return attribute(name, value.type, value.shape, value.bytes);
  const texts = value.map(utf8);
  const size = Math.max(1, ...texts.map(({ length }) => length));
  const packed = new Uint8Array(size * texts.length);
  for (const [at, text] of texts.entries()) packed.set(text, at * size);
  return attribute(name, stringType(size), [texts.length], packed);
}

/** A global heap with one object, number 1. */
function globalHeap(value: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(value.length / 8) * 8);
  padded.set(value);
  const object = concat([little(1, 2), little(1, 2), little(0, 4), little(value.length, 8), padded]);
  const size = Math.max(4096, 16 + object.length + 16);
  const heap = new Uint8Array(size);
  const free = concat([little(0, 8), little(size - 16 - object.length, 8)]);
  heap.set(concat([utf8("GCOL"), Uint8Array.of(1, 0, 0, 0), little(size, 8), object, free]));
  return heap;
}

/** A local heap that holds one file name at offset 1, with its data right behind it; `end` places it. */
function localHeap(name: string, end: number): Uint8Array {
  const data = new Uint8Array(Math.ceil((utf8(name).length + 2) / 8) * 8);
  data.set(utf8(name), 1);
  const at = Math.ceil(end / 8) * 8;
  return concat([utf8("HEAP"), little(0, 4), little(data.length, 8), little(1, 8), little(at + 32, 8), data]);
}

/** A mapping of all of dataset `/x` of `file` (`.`: this one), as H5D_VIRTUAL keeps it. */
function virtualMapping(file: string): Uint8Array {
  const all = concat([little(3, 4), little(1, 4), little(0, 4), little(0, 4)]);
  const block = concat([Uint8Array.of(0), little(1, 8), utf8(`${file}\0/x\0`), all, all]);
  return globalHeap(concat([block, little(lookup3(block), 4)]));
}
