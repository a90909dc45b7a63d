import { folderOf, fromBytes, type Source } from "kernelscope";
import type { ModelFiles } from "./models/random-model.ts";

/** Files in memory, named by paths, as a source with siblings and a folder. `wrap` sees every one of them. */
export function sourceOf(
  { main, files }: Pick<ModelFiles, "main" | "files">,
  wrap: (source: Source) => Source = (source) => source,
): Source {
  const make = (path: string): Source => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new RangeError(`No such file in memory: ${path}`);
    const cut = path.lastIndexOf("/") + 1;
    const beside = [...files.keys()]
      .filter((other) => other.startsWith(path.slice(0, cut)))
      .map((other) => other.slice(cut));
    const folder = folderOf("memory", beside, async (other) => make(path.slice(0, cut) + other));
    return wrap({
      ...fromBytes(bytes, path.slice(cut)),
      sibling: (other) => folder.file(other),
      folder,
    });
  };
  return make(main);
}
