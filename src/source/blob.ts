import { ReadError } from "../errors.ts";
import { orAborted } from "./aborted.ts";
import { assertInside, type Source } from "./source.ts";

/**
 * A Blob or File (a dropped or chosen one) as a source; nothing is read before it is asked for.
 *
 * @example
 * const model = await open(fromBlob(input.files[0]));
 */
export function fromBlob(blob: Blob, name: string = nameOf(blob)): Source {
  const source: Source = {
    name,
    size: blob.size,
    async read(offset, length, signal) {
      assertInside(source, offset, length, "A read");
      const buffer = await orAborted(readPart(blob, offset, length, name), signal, name);
      if (buffer.byteLength !== length) {
        throw new ReadError(
          "source-short",
          `A read of ${length} bytes at ${offset} gave ${buffer.byteLength}: the file has become shorter.`,
          {
            file: name,
            offset,
          },
        );
      }
      return new Uint8Array(buffer);
    },
  };
  return source;
}

function nameOf(blob: Blob): string {
  return blob instanceof File ? blob.name : "blob";
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
