import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";
import { readZipEnd, type ZipEnd } from "./zip-end.ts";

/** One entry of a zip's central directory. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated; others are listed but not read. */
  readonly method: number;
  readonly encrypted: boolean;
  /** Sizes and checksum stand after the data, not in the local header (as PyTorch writes). */
  readonly sizesFollow: boolean;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Offset of the local header. */
  readonly offset: number;
  /** Offset that the entry's data must end before: the next entry or the directory. */
  readonly limit: number;
}

const ENTRY = 0x02014b50;
const ENTRY_SIZE = 46;
/** Local header without name and extra field. */
const LOCAL_SIZE = 30;
/** Deflate makes nothing smaller than this: 258 bytes from 2 bits (zlib's documentation gives 1,032). */
export const DEFLATE_MOST = 1032;

/**
 * Reads a zip's central directory, strictly: what two readers could see differently is refused (duplicate
 * names, overlapping entries, contradicting records, bytes before the archive).
 *
 * @param tail the last bytes of the source: at least 65,577 or all of them.
 * @throws ReadError `truncated`, `malformed`, `ambiguous`, `unsupported` or `limit`.
 */
export async function readZipDirectory(
  source: Source,
  tail: Uint8Array<ArrayBuffer>,
  budget: Budget,
  signal?: AbortSignal,
): Promise<ZipEntry[]> {
  const end = await readZipEnd(source, tail, signal);
  if (end.entries * ENTRY_SIZE > end.size) {
    throw new ReadError(
      "malformed",
      `The zip's directory of ${end.size} bytes cannot hold the ${end.entries} entries it announces.`,
    );
  }
  budget.count(end.entries, "zip entries");
  const release = budget.take(end.size, "the zip's directory");
  try {
    const tailStart = source.size - tail.length;
    const inTail = end.offset >= tailStart;
    const bytes = inTail
      ? tail.subarray(end.offset - tailStart, end.offset - tailStart + end.size)
      : await source.read(end.offset, end.size, signal);
    return checkEntries(readEntries(bytes, end, budget), end);
  } finally {
    release();
  }
}

type RawEntry = Omit<ZipEntry, "limit"> & { readonly nameLength: number };

function readEntries(bytes: Uint8Array<ArrayBuffer>, end: ZipEnd, budget: Budget): RawEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: RawEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + ENTRY_SIZE > bytes.length || view.getUint32(at, true) !== ENTRY) {
      throw new ReadError(
        "malformed",
        `The zip's directory should hold an entry at byte ${end.offset + at}, but does not.`,
        { offset: end.offset + at },
      );
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    ) as [number, number, number];
    const next = at + ENTRY_SIZE + nameLength + extraLength + commentLength;
    if (next > bytes.length) {
      throw new ReadError(
        "malformed",
        `An entry of the zip's directory passes its end at byte ${end.offset + end.size}.`,
        { offset: end.offset + at },
      );
    }
    const nameEnd = at + ENTRY_SIZE + nameLength;
    entries.push(
      readEntry(view, at, readName(bytes.subarray(at + ENTRY_SIZE, nameEnd)), nameEnd, nameEnd + extraLength),
    );
    if (entries.length % 4096 === 0) budget.check();
    at = next;
  }
  if (entries.length !== end.entries) {
    throw new ReadError(
      "ambiguous",
      `The zip announces ${end.entries} entries, but its directory holds ${entries.length}.`,
    );
  }
  return entries;
}

function readEntry(view: DataView, at: number, name: string, extraAt: number, extraEnd: number): RawEntry {
  const flags = view.getUint16(at + 8, true);
  const wide = readWide(view, extraAt, extraEnd, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  const disk = view.getUint16(at + 34, true);
  if (disk !== 0 && disk !== 0xffff)
    throw new ReadError("unsupported", "The zip is one volume of several: join them first.");
  return {
    name,
    nameLength: extraAt - at - ENTRY_SIZE,
    method: view.getUint16(at + 10, true),
    // Bits 0 (encrypted), 6 (strong encryption) and 13 (masked headers).
    encrypted: (flags & 0x2041) !== 0,
    sizesFollow: (flags & 8) !== 0,
    crc32: view.getUint32(at + 16, true),
    size: wide[0],
    compressedSize: wide[1],
    offset: wide[2],
  };
}

/** Size, compressed size and offset; those that are all ones stand, 64 bits wide, in the zip64 extra field. */
function readWide(
  view: DataView,
  start: number,
  end: number,
  classic: readonly [number, number, number],
): [number, number, number] {
  const values: [number, number, number] = [...classic];
  const wanted = [0, 1, 2].filter((i) => values[i] === 0xffffffff);
  let seen = false;
  for (let at = start; at + 4 <= end; ) {
    const [kind, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (at + 4 + length > end) break;
    if (kind === 1) {
      if (seen)
        throw new ReadError(
          "ambiguous",
          "A zip entry holds two zip64 fields, so it can be read in two ways.",
        );
      seen = true;
      if (length < wanted.length * 8)
        throw new ReadError("malformed", "A zip entry's zip64 field is too short.");
      for (const [i, which] of wanted.entries())
        values[which] = Number(view.getBigUint64(at + 4 + i * 8, true));
    }
    at += 4 + length;
  }
  if (wanted.length > 0 && !seen)
    throw new ReadError("malformed", "A zip entry announces a zip64 field, but has none.");
  if (!values.every(Number.isSafeInteger))
    throw new ReadError("malformed", "A zip entry's zip64 field holds a number larger than any file.");
  return values;
}

/** Names are UTF-8 (flagged or not) or, in old archives, one byte a letter; all are only text here. */
function readName(bytes: Uint8Array): string {
  if (bytes.includes(0))
    throw new ReadError(
      "ambiguous",
      "A zip entry's name holds a NUL, where some readers stop and others go on.",
    );
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

/** Names are unique and data do not overlap; gives each entry the offset that its data must end before. */
function checkEntries(entries: readonly RawEntry[], end: ZipEnd): ZipEntry[] {
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name))
      throw new ReadError("ambiguous", `The zip holds two entries named ${JSON.stringify(name)}.`);
    names.add(name);
  }
  const byOffset = entries.toSorted((a, b) => a.offset - b.offset);
  const limits = new Map<RawEntry, number>();
  for (const [i, entry] of byOffset.entries()) {
    const limit = byOffset[i + 1]?.offset ?? end.offset;
    const quoted = JSON.stringify(entry.name);
    if (i === 0 && entry.offset !== 0) {
      throw new ReadError(
        "ambiguous",
        `The zip's first entry begins at byte ${entry.offset}: something stands before it.`,
      );
    }
    if (entry.offset + LOCAL_SIZE + entry.nameLength + entry.compressedSize > limit) {
      const what = byOffset[i + 1] === undefined ? "the directory" : JSON.stringify(byOffset[i + 1]!.name);
      throw new ReadError(
        "ambiguous",
        `The zip entry ${quoted} of ${entry.compressedSize} bytes at ${entry.offset} overlaps ${what} at ${limit}.`,
        {
          offset: entry.offset,
        },
      );
    }
    checkSizes(entry, quoted);
    limits.set(entry, limit);
  }
  return entries.map(({ nameLength, ...entry }, i) => ({ ...entry, limit: limits.get(entries[i]!)! }));
}

function checkSizes({ method, size, compressedSize, encrypted }: RawEntry, quoted: string): void {
  if (method === 0 && !encrypted && size !== compressedSize) {
    throw new ReadError(
      "malformed",
      `The stored zip entry ${quoted} has two sizes: ${size} and ${compressedSize} bytes.`,
    );
  }
  if (method === 8 && size > compressedSize * DEFLATE_MOST + DEFLATE_MOST) {
    throw new ReadError(
      "malformed",
      `The zip entry ${quoted} announces ${size} bytes, more than ${compressedSize} deflated bytes can hold.`,
    );
  }
}
