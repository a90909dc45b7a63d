import { deflateRawSync } from "node:zlib";
import { createCrc32 } from "../../src/codec/crc32.ts";

/** An entry to be written; everything can be made to lie. */
export interface EntryToWrite {
  readonly name: string | Uint8Array;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  readonly zip64?: boolean;
  /** Fields of the central directory that differ from the truth. */
  readonly central?: Partial<EntryFields>;
  /** Fields of the local header that differ from the central directory. */
  readonly local?: Partial<EntryFields>;
  /** Put into the local extra field only, as PyTorch does to align data. */
  readonly padding?: number;
}

/** The fields that both headers have. */
export interface EntryFields {
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly offset: number;
  readonly name: string;
}

/** Fields of the end records that differ from the truth. */
export interface EndFields {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
}

/** What surrounds the entries. */
export interface ZipToWrite {
  readonly zip64?: boolean;
  readonly comment?: Uint8Array;
  readonly before?: Uint8Array;
  readonly end?: Partial<EndFields>;
  readonly end64?: Partial<EndFields>;
  readonly disk?: number;
}

const crc32 = createCrc32();
const text = new TextEncoder();

/** A zip archive, by APPNOTE.TXT. */
export function writeZip(
  entries: readonly EntryToWrite[],
  options: ZipToWrite = {},
): Uint8Array<ArrayBuffer> {
  const out: Uint8Array[] = [options.before ?? new Uint8Array(0)];
  let at = out[0]!.length;
  const push = (bytes: Uint8Array): void => {
    out.push(bytes);
    at += bytes.length;
  };
  const directory: Uint8Array[] = [];
  for (const entry of entries) {
    const data = entry.deflate ? deflateRawSync(entry.data) : entry.data;
    const truth = {
      flags: 0,
      method: entry.deflate ? 8 : 0,
      crc32: crc32(entry.data),
      compressedSize: data.length,
      size: entry.data.length,
      offset: at,
    };
    const central = { ...truth, name: entry.name, ...entry.central };
    const local = { ...central, ...entry.local };
    const padding =
      entry.padding === undefined
        ? new Uint8Array(0)
        : bytesOf([u16(0x4246), u16(entry.padding), new Uint8Array(entry.padding)]);
    push(header(local, entry.zip64 ?? false, true, padding));
    push(data);
    directory.push(header(central, entry.zip64 ?? false, false, new Uint8Array(0)));
  }
  const start = at;
  for (const entry of directory) push(entry);
  const truth = { entries: entries.length, size: at - start, offset: start };
  if (options.zip64) {
    const end = { ...truth, ...options.end64 };
    const end64At = at;
    push(
      bytesOf([
        u32(0x06064b50),
        u64(44),
        u16(45),
        u16(45),
        u32(0),
        u32(0),
        u64(end.entries),
        u64(end.entries),
        u64(end.size),
        u64(end.offset),
      ]),
    );
    push(bytesOf([u32(0x07064b50), u32(0), u64(end64At), u32(1)]));
  }
  const marks = options.zip64 ? { entries: 0xffff, size: 0xffffffff, offset: 0xffffffff } : {};
  const end = { ...truth, ...marks, ...options.end };
  const comment = options.comment ?? new Uint8Array(0);
  const disk = options.disk ?? 0;
  push(
    bytesOf([
      u32(0x06054b50),
      u16(disk),
      u16(disk),
      u16(end.entries),
      u16(end.entries),
      u32(end.size),
      u32(end.offset),
      u16(comment.length),
      comment,
    ]),
  );
  return bytesOf(out);
}

function header(
  fields: EntryFieldsOrBytes,
  zip64: boolean,
  local: boolean,
  padding: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const name = typeof fields.name === "string" ? text.encode(fields.name) : fields.name;
  const wide = zip64
    ? bytesOf([
        u16(1),
        u16(local ? 16 : 24),
        u64(fields.size),
        u64(fields.compressedSize),
        ...(local ? [] : [u64(fields.offset)]),
      ])
    : new Uint8Array(0);
  const size = zip64 ? 0xffffffff : fields.size;
  const compressed = zip64 ? 0xffffffff : fields.compressedSize;
  const extra = bytesOf([wide, padding]);
  const shared = [
    u16(fields.flags),
    u16(fields.method),
    u16(0),
    u16(0x21),
    u32(fields.crc32),
    u32(compressed),
    u32(size),
    u16(name.length),
    u16(extra.length),
  ];
  if (local) return bytesOf([u32(0x04034b50), u16(45), ...shared, name, extra]);
  const rest = [u16(0), u16(0), u16(0), u32(0), u32(zip64 ? 0xffffffff : fields.offset), name, extra];
  return bytesOf([u32(0x02014b50), u16(45), u16(45), ...shared, ...rest]);
}

type EntryFieldsOrBytes = Omit<EntryFields, "name"> & { readonly name: string | Uint8Array };

/** `parts` one after the other. */
export function bytesOf(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}

function u16(value: number): Uint8Array {
  return new Uint8Array(Uint16Array.of(value).buffer);
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function u64(value: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}
