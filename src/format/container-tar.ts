import { readTar, type TarEntry } from "../codec/tar.ts";
import type { Model } from "../model/model.ts";
import { folderOf } from "../source/folder.ts";
import { slice } from "../source/slice.ts";
import type { Source } from "../source/source.ts";
import { inContainer, openFiles } from "./container.ts";
import type { OpenContext } from "./format.ts";

/** Opens the model in a tar archive, whose files are read in place. Links and special files are left out. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, signal } = context;
  const files = new Map<string, TarEntry>();
  let left = 0;
  for (const one of await readTar(source, budget, signal)) {
    if (one.kind === "file") files.set(one.name, one);
    else if (one.kind !== "folder") left++;
  }
  const folder = folderOf(source.name, files.keys(), async (path) => {
    const { offset, size } = files.get(path)!;
    return slice(source, offset, size, `${source.name}/${path}`);
  });
  const notes =
    left === 0
      ? []
      : [`${left} entries of the tar archive are links or no regular files; they were left out.`];
  return inContainer(await openFiles("tar archive", folder, context), source, notes);
}
