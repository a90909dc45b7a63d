import { constants } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isBareName, ReadError } from "../index.ts";
import { systemError } from "./system-error.ts";

/** Opens without waiting for a writer (a pipe would block) and accepts regular files only. */
export async function openRegular(path: string, flags: number): Promise<FileHandle> {
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
