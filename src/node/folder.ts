import { constants } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Folder, isBareName, type Source } from "../index.ts";
import { fileSource } from "./file-source.ts";
import { openRegular } from "./regular-file.ts";
import { systemError } from "./system-error.ts";

/**
 * A folder on disk. Its files and folders are asked for by bare name; symbolic links in it are not followed, and
 * only regular files are opened.
 *
 * @throws ReadError (from its methods) `not-found` or `refused`.
 */
export function fromFolder(path: string): Folder {
  const kindOf = async (name: string): Promise<"file" | "folder" | null> => {
    if (!isBareName(name)) return null;
    try {
      const stats = await lstat(join(path, name));
      return stats.isDirectory() ? "folder" : stats.isFile() ? "file" : null;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw systemError(error, join(path, name));
    }
  };
  const folder: Folder = {
    name: path,
    async entries() {
      try {
        const all = await readdir(path, { withFileTypes: true });
        return all
          .filter((entry) => entry.isFile() || entry.isDirectory())
          .map((entry) => ({
            name: entry.name,
            kind: entry.isDirectory() ? ("folder" as const) : ("file" as const),
          }))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
      } catch (error) {
        throw systemError(error, path);
      }
    },
    async file(name): Promise<Source | null> {
      if ((await kindOf(name)) !== "file") return null;
      const at = join(path, name);
      return fileSource(at, await openRegular(at, constants.O_NOFOLLOW ?? 0), folder);
    },
    async folder(name) {
      return (await kindOf(name)) === "folder" ? fromFolder(join(path, name)) : null;
    },
  };
  return folder;
}
