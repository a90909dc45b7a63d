import { type Folder, folderOf, fromBlob, fromFiles, type Source } from "kernelscope";
import type { PageFile } from "../page-file.ts";

/**
 * The files of a drop as what `open` takes: a folder when they came with one; otherwise the file that names the others,
 * with the rest as its siblings.
 */
export function sourceOf(files: readonly PageFile[]): Source | Folder {
  if (!files.some(({ path }) => path.includes("/"))) return fromFiles(files.map(({ file }) => file));
  const top = topOf(files);
  const byPath = new Map(files.map(({ path, file }) => [path.slice(top.length), file]));
  return folderOf(top === "" ? "what was dropped" : top.slice(0, -1), byPath.keys(), async (path) =>
    fromBlob(byPath.get(path)!, `${top}${path}`),
  );
}

/** The folder that holds all files, with its slash; empty when several were dropped. */
function topOf(files: readonly PageFile[]): string {
  const first = files[0]?.path ?? "";
  const top = first.slice(0, first.indexOf("/") + 1);
  return files.every(({ path }) => path.startsWith(top)) ? top : "";
}
