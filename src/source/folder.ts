import type { Folder, Source } from "./source.ts";

/** Makes the source of a path. */
export type OpenPath = (path: string, signal?: AbortSignal) => Promise<Source>;

/**
 * A folder out of files with paths (`variables/variables.index`), as an archive or a page has them. Paths with
 * empty, `.` or `..` parts are left out. `open` makes the source of a path; each source gets `sibling` and
 * `folder`, so that a format finds what lies beside its file.
 */
export function folderOf(name: string, paths: Iterable<string>, open: OpenPath): Folder {
  const all = [...paths];
  let planted: Promise<Folder> | undefined;
  const load = (): Promise<Folder> => {
    planted ??= import("./folder-tree.ts").then(({ plantFolder }) => plantFolder(name, all, open));
    return planted;
  };
  return {
    name,
    entries: async (signal) => (await load()).entries(signal),
    file: async (file, signal) => (await load()).file(file, signal),
    folder: async (inner, signal) => (await load()).folder(inner, signal),
  };
}
