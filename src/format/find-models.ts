import { ReadError } from "../errors.ts";
import type { Folder, FolderEntry } from "../source/source.ts";
import { latestCheckpoint } from "./checkpoint-file.ts";
import { mainFiles } from "./folder-rules.ts";
import type { FolderContext } from "./format.ts";

/** Folders looked into for a model, one inside the other. */
export const FOLDERS_DEEP = 8;

/** Folders looked into for a model in all: a model's own folder, not a home directory. */
export const FOLDERS_MOST = 256;

/** The file that names the parts of a diffusers pipeline. */
export const PIPELINE_INDEX = "model_index.json";

/** A model found in a folder or below it. */
export interface FoundModel {
  /** Where its main file lies. */
  readonly folder: Folder;
  readonly entries: readonly FolderEntry[];
  /** Its main file in `folder`. */
  readonly main: string;
  /** Its main file from the folder that was searched. */
  readonly path: string;
}

/**
 * The models in a folder, by the rules of `folder-rules.ts`; only where it holds none itself, those in its folders.
 * Of a hub's cache only the revision that its `refs/main` names counts.
 *
 * @throws ReadError `limit` when there are too many folders.
 */
export async function findModels(folder: Folder, context: FolderContext): Promise<readonly FoundModel[]> {
  const found: FoundModel[] = [];
  const waiting = [{ folder, path: "", depth: 0 }];
  let seen = 0;
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    context.budget.check();
    if (++seen > FOLDERS_MOST || at.depth > FOLDERS_DEEP) {
      const many = seen > FOLDERS_MOST ? `more than ${FOLDERS_MOST} folders` : "folders nested too deep";
      throw new ReadError("limit", `It holds ${many}: name the model's own folder or file.`, {
        file: folder.name,
      });
    }
    const entries = await entriesOf(at.folder, context);
    const { path } = at;
    const mains = await modelsIn(at.folder, entries, context);
    for (const main of mains) found.push({ folder: at.folder, entries, main, path: `${path}${main}` });
    if (mains.length > 0) continue;
    for (const { name, folder: inner } of await innerFolders(at.folder, entries, context)) {
      waiting.push({ folder: inner, path: `${path}${name}/`, depth: at.depth + 1 });
    }
  }
  return found;
}

/** The names in a folder, counted, without what macOS adds about other files. */
async function entriesOf(folder: Folder, { budget, signal }: FolderContext): Promise<readonly FolderEntry[]> {
  const entries = await folder.entries(signal);
  budget.count(entries.length, "files in folders");
  return entries.filter(({ name }) => name !== "__MACOSX" && !name.startsWith("._"));
}

async function modelsIn(
  folder: Folder,
  entries: readonly FolderEntry[],
  context: FolderContext,
): Promise<readonly string[]> {
  if (entries.some(({ name, kind }) => name === PIPELINE_INDEX && kind === "file")) return [PIPELINE_INDEX];
  const found = mainFiles(entries);
  if (found.length < 2 || !found.every((name) => name.endsWith(".index"))) return found;
  const latest = await latestCheckpoint(folder, entries, context);
  return latest !== null && found.includes(latest) ? [latest] : found;
}

/** Where to look on: every folder that is not hidden; in a hub's cache one revision. */
async function innerFolders(
  folder: Folder,
  entries: readonly FolderEntry[],
  context: FolderContext,
): Promise<readonly { readonly name: string; readonly folder: Folder }[]> {
  const names = entries
    .filter(({ name, kind }) => kind === "folder" && !name.startsWith("."))
    .map(({ name }) => name);
  if (names.includes("snapshots") && names.includes("blobs")) {
    const revision = await cachedRevision(folder, context);
    if (revision !== null) return [revision];
    names.splice(0, names.length, "snapshots");
  }
  const inner: { name: string; folder: Folder }[] = [];
  for (const name of names) {
    const found = await folder.folder(name, context.signal);
    if (found !== null) inner.push({ name, folder: found });
  }
  return inner;
}

/** `snapshots/<revision>` of a Hugging Face cache, as `refs/main` has it. */
async function cachedRevision(
  folder: Folder,
  { signal }: FolderContext,
): Promise<{ readonly name: string; readonly folder: Folder } | null> {
  const main = await (await folder.folder("refs", signal))?.file("main", signal);
  if (main == null) return null;
  try {
    const text = new TextDecoder().decode(await main.read(0, Math.min(main.size, 256), signal)).trim();
    const revision = await (await folder.folder("snapshots", signal))?.folder(text, signal);
    return revision == null ? null : { name: `snapshots/${text}`, folder: revision };
  } finally {
    await main.close?.();
  }
}
