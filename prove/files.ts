import { fromBytes, type Source } from "kernelscope";
import type { ModelFiles } from "./models/random-model.ts";

/** Files in memory as a source with siblings. `wrap` sees every one of them. */
export function sourceOf(
  { main, files }: Pick<ModelFiles, "main" | "files">,
  wrap: (source: Source) => Source = (source) => source,
): Source {
  const find = (name: string): Source | null => {
    const bytes = files.get(name);
    if (bytes === undefined) return null;
    return wrap({ ...fromBytes(bytes, name), sibling: async (other) => find(other) });
  };
  const source = find(main);
  if (source === null) throw new RangeError(`No such file in memory: ${main}`);
  return source;
}
