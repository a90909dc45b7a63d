import { ReadError } from "../errors.ts";
import { throwIfAborted } from "../source/aborted.ts";
import type { Source } from "../source/source.ts";
import { createCrc32 } from "./crc32.ts";
import type { ZipEntry } from "./zip.ts";
import { assertChecksum, locateZipEntry, type ZipContext } from "./zip-entry.ts";

/** Bytes read at once. */
const PIECE = 1024 * 1024;

/**
 * Reads all of an entry, piece by piece and keeping none, and compares size and checksum with the directory.
 *
 * @throws ReadError `malformed` when they differ, or as `openZipEntry`.
 */
export async function checkZipEntry(source: Source, entry: ZipEntry, context: ZipContext): Promise<void> {
  const data = await locateZipEntry(source, entry, context);
  const crc32 = createCrc32();
  let sum = 0;
  let size = 0;
  const look = (bytes: Uint8Array): void => {
    context.budget.check();
    sum = crc32(bytes, sum);
    size += bytes.length;
    if (size > entry.size) throw sizeDiffers(entry, `more than ${entry.size}`);
  };
  if (entry.method === 0) for await (const bytes of pieces(data.data, context)) look(bytes);
  else await inflateInto(data.data, look, entry, context);
  if (size !== entry.size) throw sizeDiffers(entry, String(size));
  assertChecksum(entry, sum);
}

async function* pieces(data: Source, { signal }: ZipContext): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < data.size; at += PIECE) {
    throwIfAborted(signal, data.name);
    yield await data.read(at, Math.min(PIECE, data.size - at), signal);
  }
}

/** Bytes given to the decompressor at once: it may make a thousand times as many of them. */
const FED = 64 * 1024;

async function inflateInto(
  data: Source,
  look: (bytes: Uint8Array) => void,
  entry: ZipEntry,
  context: ZipContext,
): Promise<void> {
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const fed = (async () => {
    for await (const bytes of pieces(data, context)) {
      for (let at = 0; at < bytes.length; at += FED) {
        await writer.ready;
        await writer.write(bytes.subarray(at, at + FED));
      }
    }
    await writer.close();
  })();
  fed.catch((error) => writer.abort(error).catch(() => {}));
  reader.closed.catch(() => {});
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return await fed;
      look(value);
    }
  } catch (cause) {
    if (cause instanceof ReadError) throw cause;
    throw new ReadError(
      "malformed",
      `The zip entry ${JSON.stringify(entry.name)} is damaged: its deflated bytes cannot be inflated.`,
      { offset: entry.offset, cause },
    );
  } finally {
    reader.cancel().catch(() => {});
    writer.abort().catch(() => {});
  }
}

function sizeDiffers(entry: ZipEntry, found: string): ReadError {
  return new ReadError(
    "malformed",
    `The zip entry ${JSON.stringify(entry.name)} should have ${entry.size} bytes and has ${found}.`,
    { offset: entry.offset },
  );
}
