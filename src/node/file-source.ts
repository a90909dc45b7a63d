import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { assertInside, type Folder, ReadError, type Source } from "../index.ts";
import { openRegular, siblingPath } from "./regular-file.ts";
import { aborted, systemError } from "./system-error.ts";

/** The open file as a source that lies in `folder`. */
export async function fileSource(path: string, handle: FileHandle, folder: Folder): Promise<Source> {
  const { size } = await handle.stat();
  const source: Source = {
    name: path,
    size,
    async read(offset, length, signal) {
      if (signal?.aborted) throw aborted(path);
      assertInside(source, offset, length, "A read");
      return readExactly(handle, path, offset, length, signal);
    },
    async identity() {
      try {
        const now = await handle.stat({ bigint: true });
        return `${now.size}-${now.mtimeNs}-${now.ino}`;
      } catch (error) {
        throw systemError(error, path);
      }
    },
    async sibling(name) {
      const beside = await siblingPath(path, name);
      if (beside === null) return null;
      return fileSource(
        join(dirname(path), name),
        await openRegular(beside, constants.O_NOFOLLOW ?? 0),
        folder,
      );
    },
    folder,
    close: () => handle.close(),
  };
  return source;
}

/** The most that one call to the system reads; larger ones are not portable. */
const ONE_READ = 1 << 30;

async function readExactly(
  handle: FileHandle,
  path: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = allocate(length, path);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, ONE_READ), offset + done);
      if (signal?.aborted) throw aborted(path);
      if (bytesRead === 0) {
        throw new ReadError(
          "source-short",
          `The file ends at byte ${offset + done} though ${length - done} more should follow: it became shorter while it was read.`,
          { file: path, offset: offset + done },
        );
      }
      done += bytesRead;
    }
    return bytes;
  } catch (error) {
    throw systemError(error, path);
  }
}

function allocate(length: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (error) {
    throw new ReadError("limit", `There is no memory for ${length} bytes at once.`, {
      file: path,
      cause: error,
    });
  }
}
