import { ReadError } from "../errors.ts";
import { orAborted } from "./or-aborted.ts";

/** A read of a blob, in a module of its own that is loaded with the first one. */
export async function readBlob(
  blob: Blob,
  part: { readonly offset: number; readonly length: number; readonly file: string },
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const { offset, length, file } = part;
  const buffer = await orAborted(readPart(blob, offset, length, file), signal, file);
  if (buffer.byteLength !== length) {
    throw new ReadError(
      "source-short",
      `A read of ${length} bytes at ${offset} gave ${buffer.byteLength}: the file has become shorter.`,
      { file, offset },
    );
  }
  return new Uint8Array(buffer);
}

async function readPart(blob: Blob, offset: number, length: number, file: string): Promise<ArrayBuffer> {
  try {
    return await blob.slice(offset, offset + length).arrayBuffer();
  } catch (cause) {
    // Browsers refuse to read a File whose size or time on disk is not the one it was chosen with.
    const changed = cause instanceof Error && cause.name === "NotReadableError";
    throw changed
      ? new ReadError(
          "source-changed",
          "The file was changed, moved or locked after it was chosen: choose it again.",
          { file, offset, cause },
        )
      : new ReadError(
          "refused",
          `The browser could not read the file: ${cause instanceof Error ? cause.message : cause}`,
          { file, offset, cause },
        );
  }
}
