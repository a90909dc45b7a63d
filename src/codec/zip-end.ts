import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";

/** Where a zip's central directory lies. */
export interface ZipEnd {
  readonly entries: number;
  readonly offset: number;
  readonly size: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END_SIZE = 22;
const LOCATOR64_SIZE = 20;
const END64_SIZE = 56;
/** The longest comment after the end record. */
const COMMENT_MAX = 0xffff;

/**
 * Finds the end of a zip's central directory, with zip64. `tail` are the last bytes of the file, at least
 * 65,577 of them or the whole.
 *
 * @throws ReadError `truncated` when there is none, `ambiguous` when two records could be it or they disagree,
 * `unsupported` for archives in several volumes.
 */
export async function readZipEnd(source: Source, tail: Uint8Array, signal?: AbortSignal): Promise<ZipEnd> {
  const tailStart = source.size - tail.length;
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const at = findEnd(view);
  if (at === null) {
    throw new ReadError(
      "truncated",
      "The zip's directory, which stands at its end, is missing: the file was cut off or something was added to it.",
    );
  }
  const [disk, startDisk, onDisk, entries] = [4, 6, 8, 10].map((field) =>
    view.getUint16(at + field, true),
  ) as [number, number, number, number];
  const size = view.getUint32(at + 12, true);
  const offset = view.getUint32(at + 16, true);
  const end = tailStart + at;
  const locator = at - LOCATOR64_SIZE;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR64) {
    if (disk !== 0 || startDisk !== 0 || onDisk !== entries) throw severalVolumes();
    return checkEnd({ entries, size, offset }, end);
  }
  const end64At = safe(view.getBigUint64(locator + 8, true));
  if (view.getUint32(locator + 4, true) !== 0 || view.getUint32(locator + 16, true) > 1)
    throw severalVolumes();
  const wide = await readEnd64(source, end64At, end - LOCATOR64_SIZE, signal);
  // A classic field is either a mark that the wide one counts, or the same number.
  const agree =
    (entries === 0xffff || entries === wide.entries) &&
    (size === 0xffffffff || size === wide.size) &&
    (offset === 0xffffffff || offset === wide.offset);
  if (!agree) {
    throw new ReadError(
      "ambiguous",
      "The zip's two end records (zip and zip64) contradict each other, so it can be read in two ways.",
      { offset: end },
    );
  }
  return checkEnd(wide, end64At);
}

/** The only end record: a second one in its comment would be the end for readers that look from the back. */
function findEnd(view: DataView): number | null {
  const lowest = Math.max(0, view.byteLength - END_SIZE - COMMENT_MAX);
  let others = 0;
  for (let at = view.byteLength - END_SIZE; at >= lowest; at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (at + END_SIZE + view.getUint16(at + 20, true) !== view.byteLength) others++;
    else if (others === 0 && !endsAgain(view, at, lowest)) return at;
    else {
      throw new ReadError(
        "ambiguous",
        "The zip ends in two records that could each be the end of its directory, so it can be read in two ways.",
      );
    }
  }
  return null;
}

/** Whether a record before `from` has a comment that reaches the end of the file too. */
function endsAgain(view: DataView, from: number, lowest: number): boolean {
  for (let at = from - 1; at >= lowest; at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (at + END_SIZE + view.getUint16(at + 20, true) === view.byteLength) return true;
  }
  return false;
}

async function readEnd64(
  source: Source,
  at: number,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<ZipEnd> {
  if (at + END64_SIZE > limit) {
    throw new ReadError(
      "malformed",
      `The zip64 end record should lie before byte ${limit}, but is said to begin at ${at}.`,
      { offset: limit },
    );
  }
  const bytes = await source.read(at, END64_SIZE, signal);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = safe(view.getBigUint64(4, true));
  if (view.getUint32(0, true) !== END64 || at + 12 + size !== limit) {
    throw new ReadError(
      "malformed",
      `There is no zip64 end record at byte ${at}, where its locator points.`,
      { offset: at },
    );
  }
  if (view.getUint32(16, true) !== 0 || view.getUint32(20, true) !== 0) throw severalVolumes();
  const [onDisk, entries, directorySize, offset] = [24, 32, 40, 48].map((field) =>
    safe(view.getBigUint64(field, true)),
  ) as [number, number, number, number];
  if (onDisk !== entries) throw severalVolumes();
  return { entries, size: directorySize, offset };
}

/** The directory must end exactly where its end record begins: else bytes are hidden, or offsets are shifted. */
function checkEnd(end: ZipEnd, recordAt: number): ZipEnd {
  if (end.offset + end.size !== recordAt) {
    throw new ReadError(
      "malformed",
      `The zip's directory is said to lie at bytes ${end.offset} to ${end.offset + end.size}, but its end record stands at ${recordAt}.`,
      { offset: recordAt },
    );
  }
  return end;
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ReadError("malformed", `The zip64 record holds the number ${value}, larger than any file.`);
  return Number(value);
}

function severalVolumes(): ReadError {
  return new ReadError("unsupported", "The zip is one volume of several: join them first.");
}
