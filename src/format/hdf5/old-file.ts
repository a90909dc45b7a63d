import { readAttributeParts, readAttributeValue } from "./attribute-message.ts";
import { isWanted } from "./attributes.ts";
import { Beyond } from "./beyond.ts";
import { cursorOf } from "./bytes.ts";
import { readDataspace } from "./dataspace-message.ts";
import { readDatatype } from "./datatype-message.ts";
import { readFilters } from "./filter-message.ts";
import { type GlobalHeap, globalHeap } from "./global-heap.ts";
import { type GroupLink, readGroupLinks } from "./group-links.ts";
import type { MetadataReader } from "./metadata-reader.ts";
import { MESSAGES, type Message, readObjectHeader } from "./object-header.ts";
import type { AttributeValue, DatasetInfo, Hdf5Object } from "./protocol.ts";
import { storageOf } from "./storage.ts";
import { readSuperblock, type Superblock } from "./superblock.ts";

/** Messages that are understood or say nothing about what is listed (fill values, times, comments, counts). */
const KNOWN: ReadonlySet<number> = new Set([
  0x00, 0x01, 0x03, 0x04, 0x05, 0x07, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x11, 0x12, 0x13, 0x16,
]);

/** A file in HDF5's original layout (superblock version 0 or 1). */
export interface OldFile {
  readonly reader: MetadataReader;
  readonly superblock: Superblock;
  readonly heap: GlobalHeap;
  /** Address of the root group's header, relative to the superblock. */
  readonly root: number;
}

/** Reads the superblock of a file in the original layout; throws Beyond for all others. */
export function readOldFile(reader: MetadataReader, size: number): OldFile {
  const { read } = reader;
  const superblock = readSuperblock(read, size);
  const { base, offsetSize } = superblock;
  const version = read(base + 8, 1)[0]!;
  if (version > 1) throw new Beyond(`a superblock of version ${version}`);
  const cursor = cursorOf(read(base + (version === 0 ? 24 : 28), 6 * offsetSize));
  const statedBase = cursor.number(offsetSize);
  cursor.skip(offsetSize);
  const end = cursor.number(offsetSize);
  const driver = cursor.address(offsetSize);
  // A moved, cut or split file: libhdf5 knows what to say.
  if (statedBase !== base || end > size || driver !== null)
    throw new Beyond("a superblock that does not fit the file");
  cursor.skip(offsetSize);
  return { reader, superblock, heap: globalHeap(read, superblock), root: cursor.number(offsetSize) };
}

/** An object of a file in the original layout, with what leads on from it. */
export interface OldObject {
  readonly object: Hdf5Object;
  readonly links: readonly GroupLink[];
}

/** Reads everything about the object at `address` but its values; throws Beyond where libhdf5 is needed. */
export function readOldObject(
  file: OldFile,
  address: number,
  path: string,
  wanted: readonly string[],
): OldObject {
  const { reader, superblock } = file;
  const { read } = reader;
  if (read(superblock.base + address, 1)[0] !== 1) throw new Beyond("an object header of version 2");
  const messages = readObjectHeader(read, superblock, address);
  const strange = messages.find(({ type, flags }) => !KNOWN.has(type) || (flags & 2) !== 0);
  if (strange !== undefined) throw new Beyond(`a message of type ${strange.type}`);
  const common = { path, address, attributes: attributesOf(file, messages, wanted) };
  const table = only(messages, MESSAGES.symbolTable);
  if (table !== null) {
    return { object: { ...common, kind: "group" }, links: readGroupLinks(reader, superblock, table) };
  }
  if (only(messages, MESSAGES.layout) === null) {
    if (only(messages, MESSAGES.datatype) === null) throw new Beyond("an object of no known kind");
    return { object: { ...common, kind: "datatype" }, links: [] };
  }
  const dataset = datasetOf(superblock, messages);
  if (dataset === null) {
    return {
      object: { ...common, kind: "unreadable", reason: "It is empty (its dataspace is null)." },
      links: [],
    };
  }
  return { object: { ...common, kind: "dataset", dataset }, links: [] };
}

/** The body of the only message of a type; null when there is none. */
function only(messages: readonly Message[], type: number): Uint8Array | null {
  const found = messages.filter((message) => message.type === type);
  if (found.length > 1) throw new Beyond(`${found.length} messages of type ${type}`);
  return found[0]?.body ?? null;
}

function needed(messages: readonly Message[], type: number): Uint8Array {
  const body = only(messages, type);
  if (body === null) throw new Beyond(`a dataset without a message of type ${type}`);
  return body;
}

function attributesOf(
  { superblock, heap }: OldFile,
  messages: readonly Message[],
  wanted: readonly string[],
): ReadonlyMap<string, AttributeValue> {
  const values = new Map<string, AttributeValue>();
  for (const { type, body } of messages) {
    if (type !== MESSAGES.attribute) continue;
    const parts = readAttributeParts(body);
    if (!isWanted(parts.name, wanted)) continue;
    if (values.has(parts.name)) throw new Beyond("an attribute that stands twice");
    const value = readAttributeValue(superblock, heap, parts);
    if (value !== null) values.set(parts.name, value);
  }
  return values;
}

function datasetOf(superblock: Superblock, messages: readonly Message[]): DatasetInfo | null {
  const shape = readDataspace(needed(messages, MESSAGES.dataspace), superblock.lengthSize);
  if (shape === null) return null;
  const { element } = readDatatype(needed(messages, MESSAGES.datatype));
  const filters = only(messages, MESSAGES.filters);
  const layout = needed(messages, MESSAGES.layout);
  const chunks = chunksOf(layout, superblock.offsetSize);
  const bytes = shape.reduce((product, extent) => product * extent, element.size);
  const isExternal = only(messages, MESSAGES.externalFiles) !== null;
  const storage = isExternal ? ({ kind: "external" } as const) : storageOf(layout, superblock, chunks, bytes);
  if (storage.kind === "contiguous" && storage.offset !== null && storage.bytes !== bytes) {
    throw new Beyond("a dataset whose shape does not fit its storage");
  }
  return { shape, type: element, storage, filters: filters === null ? [] : readFilters(filters) };
}

/** The extents of a chunked layout's chunks; the last stored one is the size of an element. */
function chunksOf(layout: Uint8Array, offsetSize: number): readonly number[] | null {
  const [version, second, third] = [layout[0]!, layout[1]!, layout[2]!];
  if (version > 3) throw new Beyond(`a layout of version ${version}`);
  const [kind, rank] = version === 3 ? [second, third] : [third, second];
  if (kind !== 2) return null;
  const cursor = cursorOf(layout.subarray((version === 3 ? 3 : 8) + offsetSize));
  return Array.from({ length: rank - 1 }, () => cursor.number(4));
}
