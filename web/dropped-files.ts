import { type PageFile, pageFile } from "./page-file.ts";

/** Files taken from a dropped folder at most: a model's folder, not a home directory. */
const MOST_FILES = 2000;

/** Folders inside folders that are looked into. */
const MOST_DEPTH = 8;

/**
 * The files of a drop; of a dropped folder all the files in it, by their paths. The entries must be asked for before
 * the event handler returns, so call this synchronously in it.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly PageFile[]> {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain.map(pageFile);
  const files = plain.filter((_, index) => entries[index]?.isFile ?? true).map(pageFile);
  for (const entry of entries) {
    if (entry?.isDirectory) await addFolder(entry as FileSystemDirectoryEntry, files);
  }
  return files;
}

/** Adds the files in a folder, level by level, so that a model's own files come before deeper ones. */
async function addFolder(top: FileSystemDirectoryEntry, files: PageFile[]): Promise<void> {
  let level = [{ folder: top, path: top.name }];
  for (let depth = 0; depth < MOST_DEPTH && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { folder, path } of level) {
      for (const entry of await entriesOf(folder)) {
        if (files.length >= MOST_FILES) return;
        if (entry.name.startsWith(".")) continue;
        const inner = `${path}/${entry.name}`;
        if (entry.isDirectory) next.push({ folder: entry as FileSystemDirectoryEntry, path: inner });
        else {
          const file = await fileOf(entry as FileSystemFileEntry);
          if (file !== null) files.push({ path: inner, file });
        }
      }
    }
    level = next;
  }
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A browser hands out a folder in parts (of 100 in Chromium); an empty part is the end.
    const part = await new Promise<readonly FileSystemEntry[]>((resolve) =>
      reader.readEntries(resolve, () => resolve([])),
    );
    if (part.length === 0 || all.length > MOST_FILES) return all;
    all.push(...part);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File | null> {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}
