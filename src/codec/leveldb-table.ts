import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import { assertInside, type Source } from "../source/source.ts";
import { maskedCrc32c } from "./crc32c.ts";
import { readVarint } from "./protobuf.ts";
import { unsnappy } from "./snappy.ts";
import { isTable, TABLE_FOOTER } from "./table-magic.ts";

/** Bytes that all keys of one table may have together. A key can share nearly all of itself with the one before. */
const TABLE_KEY_BYTES = 32 * 1024 * 1024;

/** One entry of a table. Keys are byte strings: one character (0 to 255) a byte. */
export interface TableEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A block of a table, as the table's index states it. */
export interface TableBlock {
  /** At or after the block's last key, before the next block's first. */
  readonly lastKey: string;
  readonly offset: number;
  readonly size: number;
}

/** A LevelDB table: sorted keys with values, in blocks under a CRC-32C. */
export interface Table {
  readonly blocks: readonly TableBlock[];
  /** The entries of one block; its checksum is verified. */
  readBlock(block: TableBlock, signal?: AbortSignal): Promise<TableEntry[]>;
}

/**
 * Reads the index of the table that is all of `source` (LevelDB's `table_format.md`).
 *
 * @throws ReadError `truncated`, `malformed` (also for a wrong checksum), `ambiguous` (a key twice) or `limit`.
 */
export async function openTable(
  source: Source,
  budget: Budget,
  what: string,
  signal?: AbortSignal,
): Promise<Table> {
  if (source.size < TABLE_FOOTER) {
    throw new ReadError(
      "truncated",
      `${what} has ${source.size} bytes; a table has at least ${TABLE_FOOTER}.`,
    );
  }
  const footer = await source.read(source.size - TABLE_FOOTER, TABLE_FOOTER, signal);
  if (!isTable(footer)) {
    throw new ReadError("malformed", `${what} should end with the magic number of a table, but does not.`);
  }
  let keyBytes = 0;
  const countKey = (length: number): void => {
    keyBytes += length;
    if (keyBytes > TABLE_KEY_BYTES) {
      throw new ReadError("limit", `The keys of ${what} have more than ${TABLE_KEY_BYTES} bytes together.`);
    }
  };
  const read = async (offset: number, size: number, later?: AbortSignal): Promise<TableEntry[]> => {
    const block = await readContent(source, { offset, size }, budget, { what, signal: later });
    return readEntries(block, budget, what, countKey);
  };
  const meta = readHandle(footer, 0, what);
  const index = readHandle(footer, meta.next, what);
  // Nothing is needed of it, but a damaged file is to be noticed wherever the damage is.
  await read(meta.offset, meta.size, signal);
  const blocks: TableBlock[] = [];
  for (const { key, value } of await read(index.offset, index.size, signal)) {
    const { offset, size } = readHandle(value, 0, what);
    blocks.push({ lastKey: key, offset, size });
  }
  return { blocks, readBlock: ({ offset, size }, later) => read(offset, size, later) };
}

/** Every entry of the table, in the order of the keys; `first` are those of its first block, which was read before. */
export async function readTable(
  table: Table,
  first: readonly TableEntry[],
  signal?: AbortSignal,
): Promise<TableEntry[]> {
  const all: TableEntry[] = [...first];
  for (const block of table.blocks.slice(1)) {
    for (const entry of await table.readBlock(block, signal)) {
      assertAfter(all.at(-1)?.key, entry.key);
      all.push(entry);
    }
  }
  return all;
}

function readHandle(
  bytes: Uint8Array,
  at: number,
  what: string,
): { readonly offset: number; readonly size: number; readonly next: number } {
  const offset = readVarint(bytes, at, 0, what);
  const size = readVarint(bytes, offset.next, 0, what);
  return { offset: offset.value, size: size.value, next: size.next };
}

/** The content of a block, checked and decompressed. After it stand its type and its checksum. */
async function readContent(
  source: Source,
  { offset, size }: { readonly offset: number; readonly size: number },
  budget: Budget,
  { what, signal }: { readonly what: string; readonly signal: AbortSignal | undefined },
): Promise<Uint8Array> {
  assertInside(source, offset, size + 5, `A block of ${what}`);
  budget.take(size, `a block of ${what}`);
  const bytes = await source.read(offset, size + 5, signal);
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(size + 1, true);
  const found = maskedCrc32c(bytes.subarray(0, size + 1));
  if (stored !== found) {
    throw new ReadError(
      "malformed",
      `The block at byte ${offset} of ${what} should have the CRC-32C ${hex(stored)}, but has ${hex(found)}: the file is damaged.`,
      { file: source.name, offset },
    );
  }
  if (bytes[size] === 0) return bytes.subarray(0, size);
  if (bytes[size] === 1) return unsnappy(bytes.subarray(0, size), budget, `A block of ${what}`);
  throw new ReadError(
    "unsupported",
    `A block of ${what} is compressed by method ${bytes[size]}; stored blocks and Snappy are known.`,
  );
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}

/** Entries with prefix compression, then the list of restart points, which is not needed to read all of them. */
function readEntries(
  block: Uint8Array,
  budget: Budget,
  what: string,
  countKey: (length: number) => void,
): TableEntry[] {
  const malformed = (): ReadError =>
    new ReadError("malformed", `A block of ${what} is no sound list of entries.`);
  if (block.length < 4) throw malformed();
  const restarts = new DataView(block.buffer, block.byteOffset, block.length).getUint32(
    block.length - 4,
    true,
  );
  const end = block.length - 4 * (restarts + 1);
  if (end < 0) throw malformed();
  const entries: TableEntry[] = [];
  const decoder = new TextDecoder("latin1");
  let previous = new Uint8Array(0);
  for (let at = 0; at < end; ) {
    const shared = readVarint(block, at, 0, what);
    const unshared = readVarint(block, shared.next, 0, what);
    const size = readVarint(block, unshared.next, 0, what);
    const keyEnd = size.next + unshared.value;
    const next = keyEnd + size.value;
    const fine = shared.value >= 0 && unshared.value >= 0 && size.value >= 0;
    if (!fine || shared.value > previous.length || next > end) throw malformed();
    budget.count(1, `entries in ${what}`);
    countKey(shared.value + unshared.value);
    const key = new Uint8Array(shared.value + unshared.value);
    key.set(previous.subarray(0, shared.value));
    key.set(block.subarray(size.next, keyEnd), shared.value);
    const text = bytesText(key, decoder);
    assertAfter(entries.at(-1)?.key, text);
    entries.push({ key: text, value: block.subarray(keyEnd, next) });
    previous = key;
    at = next;
  }
  return entries;
}

/** One character a byte; the platform's latin1 is windows-1252, which differs where bytes are 128 to 159. */
function bytesText(bytes: Uint8Array, decoder: TextDecoder): string {
  let high = 0;
  for (let i = 0; i < bytes.length; i++) high |= bytes[i]!;
  if (high < 128) return decoder.decode(bytes);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function assertAfter(before: string | undefined, key: string): void {
  if (before === undefined || before < key) return;
  if (before === key) {
    throw new ReadError("ambiguous", `The table holds the key ${JSON.stringify(key)} twice.`);
  }
  throw new ReadError(
    "malformed",
    `The keys of the table should be sorted, but ${JSON.stringify(key)} stands after ${JSON.stringify(before)}.`,
  );
}
