import type { Budget } from "../../budget.ts";
import type { ZipEntry } from "../../codec/zip.ts";
import { readZipEntry } from "../../codec/zip-entry.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { type CodeFile, parseCode } from "./code.ts";
import type { ScriptCode } from "./program.ts";
import type { ScriptValue } from "./value.ts";

/** Bytes of all code together: the largest detectors have one or two megabytes. */
export const CODE_MOST = 4 * 1024 * 1024;

/**
 * The code of an archive: the files below `code/`, by the names of their modules (`__torch__.torch.nn.functional`).
 * It is read as data and never run.
 *
 * @throws ReadError `limit` when there is too much of it.
 */
export async function loadCode(
  source: Source,
  entries: readonly ZipEntry[],
  folder: string,
  constants: ReadonlyMap<string, ScriptValue>,
  context: { readonly budget: Budget; readonly signal: AbortSignal | undefined },
): Promise<Omit<ScriptCode, "packedOf">> {
  const files = new Map<string, CodeFile>();
  const own = entries.filter(
    ({ name, size }) => name.startsWith(`${folder}code/`) && name.endsWith(".py") && size > 0,
  );
  const bytes = own.reduce((sum, { size }) => sum + size, 0);
  if (bytes > CODE_MOST)
    throw new ReadError("limit", `The archive holds ${bytes} bytes of code; the limit is ${CODE_MOST}.`);
  const met = { lines: 0 };
  for (const entry of own) {
    const module = entry.name.slice(`${folder}code/`.length, -".py".length).replaceAll("/", ".");
    const text = new TextDecoder().decode(await readZipEntry(source, entry, context));
    files.set(module, parseCode(text, context.budget, met));
  }
  /** The file that a dotted name lies in, and the rest of the name. */
  const find = <T>(name: string, of: (file: CodeFile) => Map<string, T>): T | null => {
    const cut = name.lastIndexOf(".");
    const file = files.get(name.slice(0, Math.max(0, cut)));
    return file === undefined ? null : (of(file).get(name.slice(cut + 1)) ?? null);
  };
  return {
    classOf: (name) => find(name, ({ classes }) => classes),
    functionOf: (name) => find(name, ({ functions }) => functions),
    constantOf: (name) => constants.get(name),
  };
}
