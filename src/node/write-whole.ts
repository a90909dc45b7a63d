import { unlinkSync } from "node:fs";
import { access, constants, type FileHandle, lstat, open, realpath, rename, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ReadError } from "../index.ts";
import { aborted, systemError } from "./system-error.ts";

/** What accompanies a write. */
export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  /** Paths of unfinished files while they exist, for a caller that must remove them when it is killed. */
  readonly unfinished?: Set<string> | undefined;
}

/** Takes the next piece of a file and says when it is written. */
export type WritePiece = (piece: Uint8Array | string) => Promise<void>;

/** The whole content of a file in pieces, in order: something to walk through, or a function that hands them out. */
export type Content =
  | Iterable<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>
  | ((write: WritePiece) => Promise<void>);

/** Hands every piece of `content` to `write`, one after the other. */
export async function eachPiece(content: Content, write: WritePiece): Promise<void> {
  if (typeof content === "function") await content(write);
  else for await (const piece of content) await write(piece);
}

const FAILED = "It could not be written: ";

/**
 * Writes `content` to `path`, all or nothing: into an unfinished file beside it, flushed to disk and then renamed.
 * Whatever goes wrong, the old file stays as it was and the unfinished one is removed. Links are followed, the mode
 * of an existing file is kept, and devices and pipes are written directly.
 *
 * @returns the bytes written.
 * @throws ReadError `not-found` or `refused` (no such folder, permission, full disk, a folder), `aborted`, or what
 * `content` throws.
 * @example
 * await writeWhole("conv1.npy", encodeNpy(kernel));
 */
export async function writeWhole(
  path: string,
  content: Content,
  options: WriteOptions = {},
): Promise<number> {
  const target = await resolveTarget(path);
  if (target.direct) return writeDirectly(path, content, options);
  // Opened as a new file, so that a name that is taken fails; nothing depends on its being hard to guess.
  const suffix = `${process.pid.toString(36)}${process.hrtime.bigint().toString(36)}`;
  const beside = join(dirname(target.path), `.${basename(target.path).slice(0, 40)}.${suffix}.tmp`);
  options.unfinished?.add(beside);
  let handle: FileHandle | undefined;
  try {
    handle = await openForWriting(beside, path, target.mode);
    const bytes = await writePieces(handle, path, content, options.signal);
    try {
      await handle.sync();
      await handle.close();
      handle = undefined;
      await rename(beside, target.path);
    } catch (error) {
      throw systemError(error, path, FAILED);
    }
    await syncFolder(dirname(target.path));
    return bytes;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    removeQuietly(beside);
    throw error;
  } finally {
    options.unfinished?.delete(beside);
  }
}

/** Whether `name` is one that `writeWhole` gives to files that are not complete. */
export function isUnfinished(name: string): boolean {
  return /^\..+\.[0-9a-z]{8,}\.tmp$/.test(name);
}

/** Removes what an interrupted `writeWhole` left; for exit handlers, which cannot wait. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or is already gone.
  }
}

interface Target {
  readonly path: string;
  /** The mode of the file that is replaced. */
  readonly mode: number | undefined;
  /** A device or pipe: there is nothing to replace. */
  readonly direct: boolean;
}

async function resolveTarget(path: string): Promise<Target> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) {
      throw new ReadError("refused", `${FAILED}it is a folder, and a file was expected.`, { file: path });
    }
    await access(path, constants.W_OK);
    return { path: await realpath(path), mode: stats.mode & 0o7777, direct: !stats.isFile() };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw systemError(error, path, FAILED);
    }
  }
  const link = await lstat(path).catch(() => null);
  if (link?.isSymbolicLink()) {
    throw new ReadError("refused", `${FAILED}it is a symbolic link that leads nowhere.`, { file: path });
  }
  return { path, mode: undefined, direct: false };
}

async function openForWriting(beside: string, path: string, mode: number | undefined): Promise<FileHandle> {
  try {
    const handle = await open(beside, "wx", 0o666);
    if (mode !== undefined) await handle.chmod(mode);
    return handle;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") {
      throw new ReadError("not-found", `${FAILED}the folder ${dirname(path)} does not exist.`, {
        file: path,
        cause: error,
      });
    }
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
      throw new ReadError("refused", `${FAILED}the folder ${dirname(path)} does not allow it.`, {
        file: path,
        cause: error,
      });
    }
    throw systemError(error, path, FAILED);
  }
}

async function writeDirectly(path: string, content: Content, { signal }: WriteOptions): Promise<number> {
  const handle = await open(path, "w").catch((error: unknown) => {
    throw systemError(error, path, FAILED);
  });
  try {
    return await writePieces(handle, path, content, signal);
  } finally {
    await handle.close();
  }
}

async function writePieces(
  handle: FileHandle,
  path: string,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<number> {
  let bytes = 0;
  await eachPiece(content, async (given) => {
    if (signal?.aborted) throw aborted(path);
    const piece = typeof given === "string" ? Buffer.from(given) : given;
    try {
      for (let done = 0; done < piece.length; ) {
        done += (await handle.write(piece, done, piece.length - done)).bytesWritten;
      }
    } catch (error) {
      throw systemError(error, path, FAILED);
    }
    bytes += piece.length;
  });
  if (signal?.aborted) throw aborted(path);
  return bytes;
}

/** Makes the new name durable; file systems that cannot say so are left alone. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows and some network file systems do not sync folders.
  }
}
