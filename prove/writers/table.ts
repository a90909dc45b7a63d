import { packed, varint } from "./protobuf.ts";
import { concat, little } from "./weight.ts";

/** What each byte adds to a sum, bit by bit, by the definition of CRC-32C. */
const STEPS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? ((crc >>> 1) ^ 0x82f63b78) >>> 0 : crc >>> 1;
  return crc;
});

/** The CRC-32C of `bytes`, going on from a sum `before`. */
export function crc32cOf(bytes: Uint8Array, before = 0): number {
  let crc = ~before >>> 0;
  for (let i = 0; i < bytes.length; i++) crc = ((crc >>> 8) ^ STEPS[(crc ^ bytes[i]!) & 255]!) >>> 0;
  return ~crc >>> 0;
}

/** The form in which TensorFlow and LevelDB store a sum. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** How a table is laid out, and what in it lies. */
export interface TableLayout {
  /** Entries of a block; default: all in one. */
  readonly perBlock?: number;
  /** Entries between restart points; default 4. */
  readonly restart?: number;
  /** Blocks in Snappy's form, all literals. */
  readonly snappy?: boolean;
  /** Wrong checksums. */
  readonly damaged?: boolean;
  /** The type of every block; default 0 (stored) or 1 (Snappy). */
  readonly method?: number;
}

/** Keys as byte strings, and their values. */
export type TableEntries = readonly (readonly [key: string, value: Uint8Array])[];

/** A LevelDB table of sorted entries (`table_format.md`). */
export function table(entries: TableEntries, layout: TableLayout = {}): Uint8Array<ArrayBuffer> {
  const { perBlock = Math.max(1, entries.length) } = layout;
  const parts: Uint8Array[] = [];
  let at = 0;
  const put = (content: Uint8Array): Uint8Array => {
    const stored = layout.snappy === true ? literals(content) : content;
    const typed = concat([stored, Uint8Array.of(layout.method ?? (layout.snappy === true ? 1 : 0))]);
    const sum = masked(crc32cOf(typed));
    parts.push(typed, little(layout.damaged === true ? sum ^ 1 : sum, 4));
    const handle = packed([at, stored.length]);
    at += typed.length + 4;
    return handle;
  };
  const index: [string, Uint8Array][] = [];
  for (let from = 0; from < entries.length; from += perBlock) {
    const own = entries.slice(from, from + perBlock);
    index.push([own.at(-1)![0], put(block(own, layout.restart))]);
  }
  const meta = put(block([]));
  const footer = concat([meta, put(block(index))]);
  const magic = little(0xdb4775248b80fb57n, 8);
  return concat([...parts, footer, new Uint8Array(40 - footer.length), magic]);
}

/** Entries that share the beginnings of their keys, with a restart at every few. */
function block(entries: TableEntries, restart = 4): Uint8Array {
  const parts: Uint8Array[] = [];
  const restarts: number[] = [];
  let length = 0;
  let before: Uint8Array = new Uint8Array();
  for (const [at, [key, value]] of entries.entries()) {
    if (at % restart === 0) {
      restarts.push(length);
      before = new Uint8Array();
    }
    let shared = 0;
    const bytes = new Uint8Array(Buffer.from(key, "latin1"));
    const most = Math.min(bytes.length, before.length);
    while (shared < most && bytes[shared] === before[shared]) shared++;
    const rest = bytes.subarray(shared);
    const entry = concat([packed([shared, rest.length, value.length]), rest, value]);
    parts.push(entry);
    length += entry.length;
    before = bytes;
  }
  const all = restarts.length === 0 ? [0] : restarts;
  return concat([...parts, ...all.map((restart) => little(restart, 4)), little(all.length, 4)]);
}

/** Bytes in Snappy's form without compressing: literals of up to 60 bytes. */
function literals(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [varint(bytes.length)];
  for (let from = 0; from < bytes.length; from += 60) {
    const part = bytes.subarray(from, from + 60);
    parts.push(Uint8Array.of((part.length - 1) << 2), part);
  }
  return concat(parts);
}
