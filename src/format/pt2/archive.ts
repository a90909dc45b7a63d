import type { Budget } from "../../budget.ts";
import { parseJson } from "../../codec/json.ts";
import type { ZipEntry } from "../../codec/zip.ts";
import { openZipEntry, readZipEntry } from "../../codec/zip-entry.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";

/** The entries of an exported program's archive, by their names below its one folder. */
export interface Pt2Archive {
  readonly source: Source;
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** The JSON in an entry. */
  json(name: string): Promise<unknown>;
  /** An entry's content as a source. */
  open(name: string): Promise<Source>;
}

/** What reading the archive costs and obeys. */
export interface Pt2Context {
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
}

/**
 * The archive in `source`. All entries lie in the folder of the first one; those of PyTorch 2.7 and before lie in none.
 *
 * @throws ReadError (from its methods) `malformed` when an entry is missing.
 */
export function pt2Archive(source: Source, zip: readonly ZipEntry[], context: Pt2Context): Pt2Archive {
  const root = zip.some(({ name }) => name === "serialized_exported_program.json")
    ? ""
    : (/^[^/]*\//.exec(zip[0]?.name ?? "")?.[0] ?? "");
  const entries = new Map<string, ZipEntry>();
  for (const entry of zip) if (entry.name.startsWith(root)) entries.set(entry.name.slice(root.length), entry);
  const find = (name: string): ZipEntry => {
    const entry = entries.get(name);
    if (entry === undefined)
      throw new ReadError(
        "malformed",
        `The exported program should hold ${JSON.stringify(name)}, but does not.`,
      );
    return entry;
  };
  return {
    source,
    entries,
    async json(name) {
      const bytes = await readZipEntry(source, find(name), context);
      return parseJson(
        withoutPythonNumbers(bytes),
        context.budget,
        `${JSON.stringify(name)} of the exported program`,
      );
    },
    open: (name) => openZipEntry(source, find(name), context),
  };
}

/** The words that Python's json writes for numbers that JSON lacks; strings are matched to be passed over. */
const WORDS = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;

/** JSON in which Python's `Infinity`, `-Infinity` and `NaN` are null: no geometry of a convolution is one of them. */
function withoutPythonNumbers(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder("latin1").decode(bytes);
  if (!/[^"]\b(?:Infinity|NaN)\b/.test(text)) return bytes;
  const plain = text.replace(WORDS, (word) => (word.startsWith('"') ? word : "null".padEnd(word.length)));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
