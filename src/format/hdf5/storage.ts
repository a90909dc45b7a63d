import { cursorOf } from "./bytes.ts";
import { readFloatFields } from "./datatype-message.ts";
import { MESSAGES, type Message, readObjectHeader } from "./object-header.ts";
import type { FloatFields, Storage } from "./protocol.ts";
import type { ReadNow, Superblock } from "./superblock.ts";

/** Layout classes by number; a chunked layout's chunks are taken from libhdf5. */
const LAYOUTS = ["compact", "contiguous", "chunked", "virtual"] as const;

/** What a dataset's own header says that h5wasm does not tell. */
export interface HeaderFacts {
  readonly storage: Storage;
  readonly float: FloatFields | null;
  readonly hasAttributes: boolean;
}

/** Looks the facts up in the messages of a dataset's header. `chunks` and `bytes` come from libhdf5. */
export function readHeaderFacts(
  read: ReadNow,
  superblock: Superblock,
  messages: readonly Message[],
  chunks: readonly number[] | null,
  bytes: number,
): HeaderFacts {
  const layout = messages.find((message) => message.type === MESSAGES.layout);
  const external = messages.some((message) => message.type === MESSAGES.externalFiles);
  const storage: Storage = external
    ? { kind: "external" }
    : layout === undefined
      ? { kind: "unknown", reason: "its header names no layout" }
      : storageOf(layout.body, superblock, chunks, bytes);
  return { storage, float: floatOf(read, superblock, messages), hasAttributes: holdsAttributes(messages) };
}

/** Whether an object has attributes, in its header or beside it. */
export function holdsAttributes(messages: readonly Message[]): boolean {
  return messages.some(({ type }) => type === MESSAGES.attribute || type === MESSAGES.attributeInfo);
}

export function storageOf(
  body: Uint8Array,
  superblock: Superblock,
  chunks: readonly number[] | null,
  bytes: number,
): Storage {
  const cursor = cursorOf(body);
  const version = cursor.number(1);
  if (version < 1 || version > 5) return { kind: "unknown", reason: `its layout has version ${version}` };
  // Versions 1 and 2: number of axes, class, five reserved bytes, then the address unless the data is compact.
  if (version < 3) cursor.skip(1);
  const kind = LAYOUTS[cursor.number(1)];
  if (version < 3) cursor.skip(5);
  if (kind === "compact") return { kind };
  if (kind === "virtual") return { kind };
  if (kind === "chunked")
    return chunks === null ? { kind: "unknown", reason: "its chunks are not stated" } : { kind, chunks };
  if (kind !== "contiguous") return { kind: "unknown", reason: "its layout is of no known class" };
  const address = cursor.address(superblock.offsetSize);
  // Versions 1 and 2 state the extents instead of the size, which then is the dataset's own.
  const stored = version < 3 ? bytes : cursor.number(superblock.lengthSize);
  return { kind, offset: address === null ? null : superblock.base + address, bytes: stored };
}

/** Bit fields of a float type; null for other classes and for types kept in the file's shared heap. */
function floatOf(read: ReadNow, superblock: Superblock, messages: readonly Message[]): FloatFields | null {
  const message = messages.find(({ type }) => type === MESSAGES.datatype);
  if (message === undefined) return null;
  const body = message.flags & 2 ? sharedBody(read, superblock, message.body) : message.body;
  if (body === null) return null;
  const cursor = cursorOf(body);
  if ((cursor.number(1) & 15) !== 1) return null;
  const bits = cursor.number(3);
  return readFloatFields(cursor, bits, cursor.number(4));
}

/** The body of a committed datatype that a shared message points to. */
function sharedBody(read: ReadNow, superblock: Superblock, pointer: Uint8Array): Uint8Array | null {
  const cursor = cursorOf(pointer);
  const version = cursor.number(1);
  const kind = cursor.number(1);
  if (version === 1) cursor.skip(6);
  // Kind 1 of version 3 is the shared heap; everything else is another object's header.
  if (version === 3 && kind === 1) return null;
  const messages = readObjectHeader(read, superblock, cursor.number(superblock.offsetSize));
  const found = messages.find(({ type, flags }) => type === MESSAGES.datatype && (flags & 2) === 0);
  return found?.body ?? null;
}
