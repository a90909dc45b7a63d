import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import { fromBytes } from "../source/bytes.ts";
import { slice } from "../source/slice.ts";
import type { Source } from "../source/source.ts";
import { createCrc32 } from "./crc32.ts";
import { inflateRaw } from "./inflate.ts";
import type { ZipEntry } from "./zip.ts";

/** What a read of an entry costs and obeys. */
export interface ZipContext {
  readonly budget: Budget;
  readonly signal?: AbortSignal | undefined;
}

/** Names of compression methods that are not read (APPNOTE.TXT 4.4.5). */
const METHODS: Readonly<Record<number, string>> = {
  1: "shrink",
  6: "implode",
  9: "deflate64",
  12: "bzip2",
  14: "LZMA",
  93: "Zstandard",
  95: "xz",
  99: "AES encryption",
};

/**
 * An entry's content as a source: a stored one in place (its parts can be read alone; its checksum is not
 * checked), a deflated one inflated into memory and checked.
 */
export async function openZipEntry(source: Source, entry: ZipEntry, context: ZipContext): Promise<Source> {
  if (entry.method === 0) return (await locateZipEntry(source, entry, context)).data;
  return fromBytes(await readZipEntry(source, entry, context), entry.name);
}

/** A whole entry, inflated if need be; its CRC-32 is checked. */
export async function readZipEntry(
  source: Source,
  entry: ZipEntry,
  context: ZipContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const { budget, signal } = context;
  const { data } = await locateZipEntry(source, entry, context);
  const release = budget.take(entry.compressedSize, `the zip entry ${quoted(entry)}`);
  try {
    const stored = await data.read(0, entry.compressedSize, signal);
    const bytes =
      entry.method === 0
        ? stored
        : await inflateRaw(stored, { size: entry.size, what: quoted(entry), budget, signal });
    assertChecksum(entry, createCrc32()(bytes));
    return bytes;
  } finally {
    release();
  }
}

/** The first `length` bytes of an entry (all, when it is shorter), without reading the rest; no checksum. */
export async function readZipEntryHead(
  source: Source,
  entry: ZipEntry,
  length: number,
  context: ZipContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const { data } = await locateZipEntry(source, entry, context);
  const wanted = Math.min(length, entry.size);
  if (entry.method === 0) return data.read(0, wanted, context.signal);
  // Deflated bytes are never much longer than what they stand for: five more for each stored block.
  const enough = Math.min(entry.compressedSize, wanted + 1024);
  const stored = await data.read(0, enough, context.signal);
  return inflateRaw(stored, {
    size: wanted,
    head: true,
    what: quoted(entry),
    budget: context.budget,
    signal: context.signal,
  });
}

/** Throws `malformed` unless `sum` is the entry's CRC-32. */
export function assertChecksum(entry: ZipEntry, sum: number): void {
  if (sum === entry.crc32) return;
  throw new ReadError(
    "malformed",
    `The zip entry ${quoted(entry)} is damaged: its checksum (CRC-32) should be ${hex(entry.crc32)} and is ${hex(sum)}.`,
    { offset: entry.offset },
  );
}

/** A local header without its name and extra field. */
const LOCAL_SIZE = 30;
/** Read at once: holds the name of almost every entry. */
const LOCAL_WINDOW = 512;
const LOCAL = 0x04034b50;

/**
 * The stored (perhaps deflated) bytes of an entry. Reads the local header, which alone knows where they begin, and
 * compares it with the directory.
 */
export async function locateZipEntry(
  source: Source,
  entry: ZipEntry,
  { signal }: ZipContext,
): Promise<{ readonly data: Source }> {
  if (entry.encrypted || entry.method === 99)
    throw new ReadError(
      "unsupported",
      `The zip entry ${quoted(entry)} is encrypted: decrypt the archive first.`,
    );
  if (entry.method !== 0 && entry.method !== 8) {
    const method = METHODS[entry.method] ?? `method ${entry.method}`;
    throw new ReadError(
      "unsupported",
      `The zip entry ${quoted(entry)} is compressed by ${method}; only stored and deflated ones are read.`,
    );
  }
  const header = await source.read(entry.offset, Math.min(LOCAL_WINDOW, entry.limit - entry.offset), signal);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [flags, method, nameLength, extraLength] = [6, 8, 26, 28].map((field) =>
    view.getUint16(field, true),
  ) as [number, number, number, number];
  const start = entry.offset + LOCAL_SIZE + nameLength + extraLength;
  if (view.getUint32(0, true) !== LOCAL) {
    throw new ReadError(
      "malformed",
      `There is no zip entry at byte ${entry.offset}, where the directory places ${quoted(entry)}.`,
      { offset: entry.offset },
    );
  }
  const nameEnd = LOCAL_SIZE + nameLength;
  const whole = nameEnd <= header.length ? header : await source.read(entry.offset, nameEnd, signal);
  const name = whole.subarray(LOCAL_SIZE, nameEnd);
  const [crc, compressed, size] = [14, 18, 22].map((field) => view.getUint32(field, true)) as [
    number,
    number,
    number,
  ];
  const follow = (flags & 8) !== 0;
  const agrees = (local: number, central: number): boolean =>
    local === central || local === 0xffffffff || (follow && local === 0);
  const same =
    sameName(name, entry.name) &&
    method === entry.method &&
    follow === entry.sizesFollow &&
    (flags & 0x2041) === 0 &&
    agrees(compressed, entry.compressedSize) &&
    agrees(size, entry.size) &&
    (crc === entry.crc32 || (follow && crc === 0));
  if (!same) {
    throw new ReadError(
      "ambiguous",
      `The zip's directory and the entry at byte ${entry.offset} contradict each other about ${quoted(entry)}.`,
      {
        offset: entry.offset,
      },
    );
  }
  assertFills(entry, start + entry.compressedSize);
  return { data: slice(source, start, entry.compressedSize, `${source.name}:${entry.name}`) };
}

/** Lengths of what may follow the data: checksum and two sizes, of 4 or 8 bytes, with or without a signature. */
const DESCRIPTOR_SIZES: readonly number[] = [12, 16, 20, 24];

/** Throws unless the data, which end at `end`, reach what follows: bytes of no entry may be another archive. */
function assertFills(entry: ZipEntry, end: number): void {
  const gap = entry.limit - end;
  if (gap === 0 || (entry.sizesFollow && DESCRIPTOR_SIZES.includes(gap))) return;
  const what =
    gap < 0
      ? `overlaps what follows it at byte ${entry.limit}`
      : `ends at byte ${end}, and the ${gap} bytes behind it belong to no entry`;
  throw new ReadError("ambiguous", `The zip entry ${quoted(entry)} ${what}.`, { offset: entry.offset });
}

function sameName(bytes: Uint8Array, name: string): boolean {
  for (const encoding of ["utf-8", "latin1"]) {
    if (new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes) === name) return true;
  }
  return false;
}

function quoted(entry: ZipEntry): string {
  return JSON.stringify(entry.name);
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}
