import { inFile, ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Folder, Source } from "../source/source.ts";
import { type FoundModel, findModels, PIPELINE_INDEX } from "./find-models.ts";
import type { FolderContext } from "./format.ts";
import { formatTitles } from "./format-titles.ts";

/** Names in a message. */
const SHOWN = 12;

/**
 * Opens the model in a folder, or in a folder inside it when that holds the only one: the parts of a diffusers pipeline
 * together, otherwise the one file that stands for the model.
 *
 * @throws ReadError `ambiguous` when several files could be the model, `unsupported` when none can, `not-found` when
 * the entry that the caller chose is not there.
 */
export async function openFolder(folder: Folder, context: FolderContext): Promise<Model> {
  const { entry } = context;
  if (entry !== undefined) return choicesFrom(folder, entry, () => openEntry(folder, entry, context));
  const found = await findModels(folder, context);
  const [only] = found;
  if (only === undefined) throw await noModel(folder, context);
  if (found.length > 1)
    throw severalModels(
      folder,
      found.map(({ path }) => path),
    );
  return choicesFrom(folder, only.path, () => openFound(only, context));
}

/**
 * Where what `open` opens, `path` of the folder, holds several models itself, they are chosen by the whole way that
 * leads to them.
 */
async function choicesFrom(folder: Folder, path: string, open: () => Promise<Model>): Promise<Model> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof ReadError) || error.choices === undefined) throw error;
    const way = path.replace(/\/+$/, "");
    throw severalModels(
      folder,
      error.choices.map((choice) => `${way}/${choice}`),
    );
  }
}

function severalModels(folder: Folder, paths: readonly string[]): ReadError {
  return new ReadError(
    "ambiguous",
    `It holds several models: ${shown(paths)}. Say which one with --entry (entry), or name the file itself.`,
    { file: folder.name, choices: paths },
  );
}

async function openFound({ folder, entries, main }: FoundModel, context: FolderContext): Promise<Model> {
  const source = await folder.file(main, context.signal);
  if (source === null) {
    throw new ReadError(
      "not-found",
      `${JSON.stringify(main)} was in the folder, but is not there any more.`,
      {
        file: folder.name,
      },
    );
  }
  if (main === PIPELINE_INDEX) {
    const { openPipeline } = await import("./open-pipeline.ts");
    return freeing(source, () => openPipeline(folder, entries, source, context));
  }
  if (main === "config.json") {
    const { openUnpacked } = await import("./keras/unpacked.ts");
    return freeing(source, () => openUnpacked(source, folder, context));
  }
  return freeing(source, () => context.openInner(source));
}

/** Opens what the caller chose: a file or folder by its path, or one in an archive on that path. */
async function openEntry(folder: Folder, entry: string, context: FolderContext): Promise<Model> {
  const parts = entry.split("/").filter((part) => part !== "" && part !== ".");
  let at = folder;
  for (const [i, part] of parts.entries()) {
    const file = await at.file(part, context.signal);
    const rest = parts.slice(i + 1).join("/");
    if (file !== null) return freeing(file, () => context.openInner(file, rest === "" ? undefined : rest));
    const inner = await at.folder(part, context.signal);
    if (inner === null) {
      const names = (await at.entries(context.signal)).map(({ name }) => name);
      throw new ReadError(
        "not-found",
        `There is no ${JSON.stringify(entry)} in it; ${JSON.stringify(at.name)} holds ${shown(names)}.`,
        { file: folder.name },
      );
    }
    at = inner;
  }
  return openFolder(at, { ...context, entry: undefined });
}

/** Opens a file of the folder; frees it when that fails. Errors say which file of the folder they are about. */
async function freeing(source: Source, open: () => Promise<Model>): Promise<Model> {
  try {
    return await open();
  } catch (error) {
    await source.close?.();
    throw inFile(error, source.name);
  }
}

async function noModel(folder: Folder, { signal }: FolderContext): Promise<ReadError> {
  const entries = await folder.entries(signal);
  const names = entries.map(({ name, kind }) => (kind === "folder" ? `${name}/` : name));
  return new ReadError(
    "unsupported",
    `No file in it stands for a model; it holds ${shown(names)}. Kernelscope reads ${formatTitles()}.`,
    { file: folder.name },
  );
}

/** The first few names, for a sentence. */
function shown(names: readonly string[]): string {
  if (names.length === 0) return "nothing";
  const some = names.slice(0, SHOWN).map((name) => JSON.stringify(name));
  return some.join(", ") + (names.length > SHOWN ? `, … (${names.length} in all)` : "");
}
