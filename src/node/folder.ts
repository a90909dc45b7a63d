import { constants } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Folder, isBareName, type Source } from "../index.ts";
import { fileSource } from "./file-source.ts";
import { openRegular } from "./regular-file.ts";
import { systemError } from "./system-error.ts";

/**
 * A folder on disk. Its files and folders are asked for by bare name; only regular files are opened, and symbolic links
 * are not followed, but for those of a model hub's cache: from `snapshots/REVISION/` into the `blobs/` beside it.
 *
 * @throws ReadError (from its methods) `not-found` or `refused`.
 * @example
 * const model = await open(fromFolder("stable-diffusion"));
 */
export function fromFolder(path: string): Folder {
  const kindOf = async (name: string): Promise<"file" | "folder" | "link" | null> => {
    if (!isBareName(name)) return null;
    try {
      const stats = await lstat(join(path, name));
      if (stats.isSymbolicLink()) return "link";
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
        const shown: { name: string; kind: "file" | "folder" }[] = [];
        for (const entry of all) {
          if (entry.isDirectory()) shown.push({ name: entry.name, kind: "folder" });
          else if (entry.isFile()) shown.push({ name: entry.name, kind: "file" });
          else if (entry.isSymbolicLink() && (await blobOf(path, entry.name)) !== null)
            shown.push({ name: entry.name, kind: "file" });
        }
        return shown.sort((a, b) => (a.name < b.name ? -1 : 1));
      } catch (error) {
        throw systemError(error, path);
      }
    },
    async file(name): Promise<Source | null> {
      const kind = await kindOf(name);
      const at = join(path, name);
      const target = kind === "file" ? at : kind === "link" ? await blobOf(path, name) : null;
      if (target === null) return null;
      return fileSource(at, await openRegular(target, constants.O_NOFOLLOW ?? 0), folder);
    },
    async folder(name) {
      return (await kindOf(name)) === "folder" ? fromFolder(join(path, name)) : null;
    },
  };
  return folder;
}

/** Where the link `name` of a hub's cache leads: into `blobs/` of the same cache; null for every other link. */
async function blobOf(path: string, name: string): Promise<string | null> {
  try {
    const cache = cacheOf(await realpath(path));
    const target = await realpath(join(path, name));
    return cache !== null && dirname(target) === join(cache, "blobs") ? target : null;
  } catch {
    return null;
  }
}

/** The cache that `path` is a revision of (or a folder in one): what stands before `snapshots`. */
function cacheOf(path: string): string | null {
  for (let at = dirname(path); dirname(at) !== at; at = dirname(at)) {
    if (basename(at) === "snapshots") return dirname(at);
  }
  return null;
}
