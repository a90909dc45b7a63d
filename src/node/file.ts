import { constants } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { assertInside, isBareName, ReadError, type Source } from "../index.ts";
import { aborted, systemError } from "./system-error.ts";

/**
 * A file on disk as a source. Its identity is size, mtime in nanoseconds and inode of the open file: a file
 * written over while it is read is noticed, one replaced by renaming keeps giving its old bytes.
 *
 * Siblings are regular files in the same folder, asked for by bare name; see `siblingPath`. Close the source, or
 * the model opened from it, when done.
 *
 * @throws ReadError `not-found`, or `refused` for folders, pipes, sockets, devices and missing permission.
 * @example
 * const model = await open(await fromFile("resnet18.safetensors"));
 */
export async function fromFile(path: string): Promise<Source> {
  return fileSource(path, await openRegular(path, 0));
}

/** Opens without waiting for a writer (a pipe would block) and accepts regular files only. */
async function openRegular(path: string, flags: number): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | flags);
  } catch (error) {
    throw systemError(error, path);
  }
  try {
    const stats = await handle.stat();
    if (stats.isFile()) return handle;
    let kind = "a special file";
    if (stats.isDirectory()) kind = "a folder";
    else if (stats.isFIFO()) kind = "a pipe";
    else if (stats.isCharacterDevice() || stats.isBlockDevice()) kind = "a device";
    throw new ReadError("refused", `It is ${kind}; Kernelscope opens regular files.`, { file: path });
  } catch (error) {
    await handle.close();
    throw systemError(error, path);
  }
}

async function fileSource(path: string, handle: FileHandle): Promise<Source> {
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
      return fileSource(join(dirname(path), name), await openRegular(beside, constants.O_NOFOLLOW ?? 0));
    },
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

/**
 * Where the file `name` beside `path` really lies, or null when there is none. A weight file chooses this name, so
 * it gets no say in the folder: only a bare name, spelt exactly, of a regular file that has no second (hard) link.
 * A symbolic link is followed in one case: when `path` itself is one and both lead into the same folder, as in the
 * caches of model hubs.
 *
 * @throws ReadError `refused` with the reason.
 */
export async function siblingPath(path: string, name: string): Promise<string | null> {
  const shown = JSON.stringify(name);
  const refuse = (reason: string): ReadError =>
    new ReadError("refused", `The file names ${shown} as a part of itself, but ${reason}.`, { file: path });
  if (!isBareName(name)) throw refuse("that is no plain file name in the same folder");
  const beside = join(dirname(path), name);
  try {
    const stats = await lstat(beside);
    if (stats.isSymbolicLink()) {
      const [main, target] = [await realpath(path), await realpath(beside)];
      const folder = await realpath(dirname(path));
      const mainIsLink = main !== join(folder, basename(path));
      if (!mainIsLink || dirname(main) !== dirname(target)) {
        throw refuse("that is a symbolic link out of reach: put the file itself there");
      }
      return target;
    }
    if (!stats.isFile()) throw refuse("that is not a regular file");
    if (stats.nlink > 1) throw refuse("that file has a second hard link: put a copy there");
    if (basename(await realpath(beside)) !== name) throw refuse("the folder spells that name otherwise");
    return beside;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw systemError(error, beside);
  }
}
