import { ReadError } from "../../errors.ts";
import { cursorOf } from "./bytes.ts";
import type { ReadNow, Superblock } from "./superblock.ts";

/** Numbers of the header messages that are looked at (HDF5 File Format Specification 3.0, IV.A.2). */
export const MESSAGES = {
  nil: 0x00,
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  externalFiles: 0x07,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** One message of an object header. */
export interface Message {
  readonly type: number;
  /** Bit 1: the body is a pointer to a message that several objects share. */
  readonly flags: number;
  readonly body: Uint8Array;
}

/** Blocks of one header, each named by the one before; real ones have a handful. */
const MAX_BLOCKS = 256;
/** Bytes of one block. Attributes and compact data, 64 kB each, are what makes blocks large. */
const MAX_BLOCK_BYTES = 16 * 1024 ** 2;
/** Messages of one header: attributes are kept elsewhere once there are more than a few. */
const MAX_MESSAGES = 4096;

/**
 * The messages of the object header at `address` (relative to the superblock). libhdf5 has read and checked the
 * same header before; what is looked up here is what h5wasm does not tell: where values lie, whether they lie in
 * other files, and the bit fields of floats.
 */
export function readObjectHeader(read: ReadNow, superblock: Superblock, address: number): readonly Message[] {
  const start = superblock.base + address;
  const isV2 = String.fromCharCode(...read(start, 4)) === "OHDR";
  const messages: Message[] = [];
  const first = isV2 ? firstBlockV2(read, start) : firstBlockV1(read, start);
  const blocks = [{ offset: first.offset, length: first.length }];
  const seen = new Set<number>();
  for (const block of blocks) {
    if (seen.has(block.offset) || seen.size >= MAX_BLOCKS || block.length > MAX_BLOCK_BYTES) {
      throw new ReadError(
        "malformed",
        "The blocks of an HDF5 object header run in a circle or are too large.",
        {
          offset: block.offset,
        },
      );
    }
    seen.add(block.offset);
    for (const message of messagesOf(read(block.offset, block.length), isV2, first.tracksOrder)) {
      if (message.type === MESSAGES.continuation) {
        const cursor = cursorOf(message.body);
        const offset = superblock.base + cursor.number(superblock.offsetSize);
        const length = cursor.number(superblock.lengthSize);
        // A later block of version 2 is framed by its signature and a checksum.
        blocks.push(isV2 ? { offset: offset + 4, length: length - 8 } : { offset, length });
      } else {
        messages.push(message);
      }
      if (messages.length > MAX_MESSAGES) {
        throw new ReadError("limit", `An HDF5 object header holds more than ${MAX_MESSAGES} messages.`, {
          offset: start,
        });
      }
    }
  }
  return messages;
}

interface FirstBlock {
  readonly offset: number;
  readonly length: number;
  readonly tracksOrder: boolean;
}

function firstBlockV1(read: ReadNow, start: number): FirstBlock {
  const prefix = cursorOf(read(start, 16));
  const version = prefix.number(1);
  if (version !== 1) {
    throw new ReadError("malformed", `An HDF5 object header has version ${version}; 1 and 2 are known.`, {
      offset: start,
    });
  }
  prefix.skip(7);
  return { offset: start + 16, length: prefix.number(4), tracksOrder: false };
}

function firstBlockV2(read: ReadNow, start: number): FirstBlock {
  const flags = read(start + 5, 1)[0]!;
  const times = flags & 0x20 ? 16 : 0;
  const phase = flags & 0x10 ? 4 : 0;
  const sizeBytes = 1 << (flags & 3);
  const sizeAt = start + 6 + times + phase;
  const length = cursorOf(read(sizeAt, sizeBytes)).number(sizeBytes);
  return { offset: sizeAt + sizeBytes, length, tracksOrder: (flags & 4) !== 0 };
}

function* messagesOf(block: Uint8Array, isV2: boolean, tracksOrder: boolean): Generator<Message> {
  const cursor = cursorOf(block);
  const prefixBytes = isV2 ? (tracksOrder ? 6 : 4) : 8;
  // What is left and shorter than a message's prefix is a gap.
  while (cursor.left >= prefixBytes) {
    const type = cursor.number(isV2 ? 1 : 2);
    const length = cursor.number(2);
    const flags = cursor.number(1);
    cursor.skip(prefixBytes - (isV2 ? 4 : 5));
    yield { type, flags, body: cursor.take(length) };
  }
}
