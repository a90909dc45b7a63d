import { crc32, deflateRawSync } from "node:zlib";
import { concat, little, utf8 } from "./weight.ts";

/** What one of an entry's two headers may say besides the truth. */
export interface ZipHeaderLies {
  readonly name?: string | Uint8Array;
  readonly crc?: number;
  readonly compressedSize?: number | bigint;
  readonly size?: number | bigint;
  readonly method?: number;
  readonly flags?: number;
  readonly extra?: Uint8Array;
  readonly signature?: number;
}

/** An entry: the truth, and where the local and the central header depart from it. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Default: stored. */
  readonly deflate?: boolean;
  /** Replaces the stored or deflated bytes. */
  readonly stored?: Uint8Array;
  /** Applies to both headers; `local` and `central` win over it. */
  readonly both?: ZipHeaderLies;
  readonly local?: ZipHeaderLies;
  readonly central?: ZipHeaderLies & { readonly offset?: number | bigint };
  /** Sizes and checksum follow the data, as streaming writers do. */
  readonly descriptor?: boolean;
  /** Leaves the entry out of the central directory, or out of the file. */
  readonly hide?: "central" | "local";
}

/** What the end records may say besides the truth. */
export interface ZipEndLies {
  readonly comment?: Uint8Array;
  readonly commentLength?: number;
  readonly count?: number;
  readonly countHere?: number;
  readonly directoryOffset?: number | bigint;
  readonly directorySize?: number | bigint;
  readonly disk?: number;
  /** Writes the zip64 end record and locator even when nothing needs them. */
  readonly zip64?: boolean;
  /** Overrides inside the zip64 record. */
  readonly zip64Count?: number | bigint;
  readonly zip64Offset?: number | bigint;
  readonly zip64Size?: number | bigint;
  readonly locatorOffset?: number | bigint;
  /** Bytes before the first entry, between entries and directory, and after the end record. */
  readonly prefix?: Uint8Array;
  readonly gap?: Uint8Array;
  readonly trailing?: Uint8Array;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;

/** A zip of `entries`, honest unless told otherwise. */
export function zip(entries: readonly ZipEntry[], end: ZipEndLies = {}): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [end.prefix ?? new Uint8Array()];
  const directory: Uint8Array[] = [];
  let at = parts[0]!.length;
  for (const entry of entries) {
    const stored = entry.stored ?? (entry.deflate ? deflateRawSync(entry.bytes) : entry.bytes);
    const truth = { crc: crc32(entry.bytes), compressedSize: stored.length, size: entry.bytes.length };
    if (entry.hide !== "central") directory.push(centralHeader(entry, truth, at));
    if (entry.hide === "local") continue;
    const body = concat([
      localHeader(entry, truth),
      stored,
      entry.descriptor ? descriptor(truth) : new Uint8Array(),
    ]);
    parts.push(body);
    at += body.length;
  }
  if (end.gap !== undefined) parts.push(end.gap);
  at += end.gap?.length ?? 0;
  const central = concat(directory);
  parts.push(central, endRecords(end, directory.length, at, central.length));
  return concat([...parts, end.trailing ?? new Uint8Array()]);
}

interface Truth {
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
}

function nameBytes(name: string | Uint8Array): Uint8Array {
  return typeof name === "string" ? utf8(name) : name;
}

/** The fields that both headers share: version needed … size, and the lengths. */
function commonFields(
  entry: ZipEntry,
  truth: Truth,
  lies: ZipHeaderLies,
  descriptorAfter: boolean,
): Uint8Array {
  const name = nameBytes(lies.name ?? entry.name);
  const flags = (lies.flags ?? (/^[\x20-\x7e]*$/.test(entry.name) ? 0 : 0x800)) | (entry.descriptor ? 8 : 0);
  return concat([
    little(20, 2),
    little(flags, 2),
    little(lies.method ?? (entry.deflate ? 8 : 0), 2),
    little(0, 2),
    little(0x21, 2), // 1 January 1980
    little(lies.crc ?? (descriptorAfter ? 0 : truth.crc), 4),
    little(lies.compressedSize ?? (descriptorAfter ? 0 : truth.compressedSize), 4),
    little(lies.size ?? (descriptorAfter ? 0 : truth.size), 4),
    little(name.length, 2),
    little(lies.extra?.length ?? 0, 2),
  ]);
}

function localHeader(entry: ZipEntry, truth: Truth): Uint8Array {
  const lies = { ...entry.both, ...entry.local };
  return concat([
    little(lies.signature ?? LOCAL, 4),
    commonFields(entry, truth, lies, entry.descriptor === true),
    nameBytes(lies.name ?? entry.name),
    lies.extra ?? new Uint8Array(),
  ]);
}

function centralHeader(entry: ZipEntry, truth: Truth, at: number): Uint8Array {
  const lies = { ...entry.both, ...entry.central };
  return concat([
    little(lies.signature ?? CENTRAL, 4),
    little(20, 2),
    commonFields(entry, truth, lies, false),
    little(0, 2 + 2 + 2 + 4), // comment, disk, attributes
    little(entry.central?.offset ?? at, 4),
    nameBytes(lies.name ?? entry.name),
    lies.extra ?? new Uint8Array(),
  ]);
}

function descriptor({ crc, compressedSize, size }: Truth): Uint8Array {
  return concat([little(0x08074b50, 4), little(crc, 4), little(compressedSize, 4), little(size, 4)]);
}

function endRecords(end: ZipEndLies, count: number, offset: number, size: number): Uint8Array {
  const comment = end.comment ?? new Uint8Array();
  const classic = concat([
    little(0x06054b50, 4),
    little(end.disk ?? 0, 2),
    little(end.disk ?? 0, 2),
    little(end.countHere ?? end.count ?? (end.zip64 ? 0xffff : count), 2),
    little(end.count ?? (end.zip64 ? 0xffff : count), 2),
    little(end.directorySize ?? (end.zip64 ? 0xffffffff : size), 4),
    little(end.directoryOffset ?? (end.zip64 ? 0xffffffff : offset), 4),
    little(end.commentLength ?? comment.length, 2),
    comment,
  ]);
  if (end.zip64 !== true) return classic;
  const record = concat([
    little(0x06064b50, 4),
    little(44, 8),
    little(45, 2),
    little(45, 2),
    little(0, 4 + 4),
    little(end.zip64Count ?? count, 8),
    little(end.zip64Count ?? count, 8),
    little(end.zip64Size ?? size, 8),
    little(end.zip64Offset ?? offset, 8),
  ]);
  const locator = concat([
    little(0x07064b50, 4),
    little(0, 4),
    little(end.locatorOffset ?? offset + size, 8),
    little(1, 4),
  ]);
  return concat([record, locator, classic]);
}

/** A zip64 extra field: the 8-byte values that a header leaves at 0xffffffff, in their fixed order. */
export function zip64Extra(values: readonly (number | bigint)[]): Uint8Array<ArrayBuffer> {
  return concat([little(1, 2), little(values.length * 8, 2), ...values.map((value) => little(value, 8))]);
}
