import { ReadError } from "../errors.ts";
import { fromBlob } from "./blob.ts";
import { isBareName, type Source } from "./source.ts";

/** Endings of files that name others, the most telling first. */
const INDEX_ENDINGS = [
  "saved_model.pb",
  ".index.json",
  "model.json",
  ".json",
  ".index",
  ".onnx",
  ".pb",
  ".xml",
] as const;

/**
 * Several dropped or chosen files as one source: the file that names the others (an index, a `model.json`, …),
 * or else the first; the rest are its siblings, by their names.
 *
 * @throws ReadError `not-found` without files, `ambiguous` when two have the same name.
 */
export function fromFiles(files: Iterable<File>): Source {
  const byName = new Map<string, File>();
  for (const file of files) {
    if (byName.has(file.name)) {
      throw new ReadError(
        "ambiguous",
        `Two of the files are called ${JSON.stringify(file.name)}: choose the files of one folder only.`,
      );
    }
    byName.set(file.name, file);
  }
  const all = [...byName.values()];
  const ending = INDEX_ENDINGS.find((end) => all.some((file) => file.name.toLowerCase().endsWith(end)));
  const main = all.find((file) => ending !== undefined && file.name.toLowerCase().endsWith(ending)) ?? all[0];
  if (main === undefined) throw new ReadError("not-found", "No file was given.");
  return among(main, byName);
}

function among(file: File, byName: ReadonlyMap<string, File>): Source {
  return {
    ...fromBlob(file),
    async sibling(name) {
      const other = isBareName(name) ? byName.get(name) : undefined;
      return other === undefined ? null : among(other, byName);
    },
  };
}
