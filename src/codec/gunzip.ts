import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import { throwIfAborted } from "../source/aborted.ts";
import { type Blocks, createBlocks } from "../source/blocks.ts";
import type { Source } from "../source/source.ts";
import { createCrc32 } from "./crc32.ts";

/** Most bytes that come out of a gzip'd file: they have to be kept in memory. */
export const GUNZIP_MOST = 512 * 1024 ** 2;

/** Bytes read at once, and given to the decompressor at once: these may become a thousand times as many. */
const READ = 1024 * 1024;
const PIECE = 16 * 1024;

/** Bytes of a trailer: checksum and size. */
const TRAILER = 8;

/**
 * The content of a gzip'd file, in memory, as a source of that name. The parts of a file that was put together from
 * several are joined, as gunzip does; checksum and size of each are checked. The output is counted as it comes.
 *
 * @throws ReadError `truncated`, `malformed` (damaged, a wrong checksum, something behind the end), `limit`.
 */
export async function gunzip(
  source: Source,
  name: string,
  { budget, signal }: { readonly budget: Budget; readonly signal?: AbortSignal | undefined },
): Promise<Source> {
  const { Gunzip } = await import("fflate");
  const crc32 = createCrc32();
  const blocks = createBlocks(name, budget, "what was compressed with gzip");
  /** Of the part being read. */
  let sum = 0;
  let before = 0;
  const ends: { readonly at: number; readonly sum: number; readonly size: number }[] = [];
  const stream = new Gunzip({}, (bytes) => {
    if (blocks.size + bytes.length > GUNZIP_MOST) throw tooLarge();
    sum = crc32(bytes, sum);
    blocks.add(bytes);
  });
  const endPart = (at: number): void => {
    ends.push({ at, sum, size: blocks.size - before });
    sum = 0;
    before = blocks.size;
  };
  stream.onmember = endPart;
  try {
    for (let at = 0; at < source.size; ) {
      const bytes = await source.read(at, Math.min(READ, source.size - at), signal);
      for (let done = 0; done < bytes.length; done += PIECE) {
        throwIfAborted(signal, source.name);
        budget.check();
        const last = at + done + PIECE >= source.size;
        stream.push(bytes.subarray(done, done + PIECE), last);
      }
      at += bytes.length;
    }
    endPart(source.size);
    for (const end of ends) await assertTrailer(source, end, signal);
  } catch (error) {
    blocks.release();
    throw error instanceof ReadError ? error : damaged(error);
  }
  return sourceOf(blocks);
}

function tooLarge(): ReadError {
  return new ReadError(
    "limit",
    `What was compressed with gzip has more than ${GUNZIP_MOST} bytes and would have to be kept in memory: decompress it first (gunzip).`,
  );
}

function sourceOf(blocks: Blocks): Source {
  const source = blocks.source();
  return { ...source, close: async () => blocks.release() };
}

async function assertTrailer(
  source: Source,
  { at, sum, size }: { readonly at: number; readonly sum: number; readonly size: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = await source.read(at - TRAILER, TRAILER, signal);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [statedSum, statedSize] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (statedSum === sum && statedSize === size % 2 ** 32) return;
  throw new ReadError(
    "malformed",
    `The gzip'd file is damaged, or something was added to it: it should hold ${statedSize} bytes with the checksum (CRC-32) ${hex(statedSum)}, and holds ${size} with ${hex(sum)}.`,
    { offset: at - TRAILER },
  );
}

/** The decompressor's complaint, as ours. */
function damaged(cause: unknown): ReadError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return /unexpected EOF/i.test(reason)
    ? new ReadError("truncated", "The gzip'd file ends before its content does: it was cut off.", { cause })
    : new ReadError(
        "malformed",
        `The gzip'd file is damaged, or something that is no gzip was added to it (${reason}).`,
        { cause },
      );
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}
