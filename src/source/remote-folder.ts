import { type Folder, isBareName, type Source } from "./source.ts";

/**
 * The folder of a file on a server. Servers do not say what lies in a folder: its files and folders are asked for by
 * name, and `entries` is empty. `find` opens what lies at a path from the folder, or gives null.
 */
export function remoteFolder(
  name: string,
  find: (path: readonly string[], signal?: AbortSignal) => Promise<Source | null>,
): Folder {
  return {
    name,
    entries: async () => [],
    file: async (file, signal) => (isBareName(file) ? find([file], signal) : null),
    folder: async (inner) =>
      isBareName(inner) ? remoteFolder(inner, (path, signal) => find([inner, ...path], signal)) : null,
  };
}
