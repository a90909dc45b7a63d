/** Files taken from a dropped folder at most: a model's shards, not a home directory. */
const MOST_FILES = 2000;

/**
 * The files of a drop; a dropped folder gives the files in it, one level deep, as a model's folder holds them.
 * The entries must be asked for before the event handler returns, so call this synchronously in it.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly File[]> {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const files: File[] = plain.filter((_, index) => entries[index]?.isFile ?? true);
  for (const entry of entries) {
    if (entry?.isDirectory)
      files.push(...(await filesIn(entry as FileSystemDirectoryEntry, MOST_FILES - files.length)));
  }
  return files;
}

async function filesIn(folder: FileSystemDirectoryEntry, most: number): Promise<readonly File[]> {
  const reader = folder.createReader();
  const files: File[] = [];
  for (;;) {
    // A browser hands out a folder in parts (of 100 in Chromium); an empty part is the end.
    const part = await new Promise<readonly FileSystemEntry[]>((resolve) =>
      reader.readEntries(resolve, () => resolve([])),
    );
    if (part.length === 0) return files;
    for (const entry of part) {
      if (files.length >= most) return files;
      if (entry.isFile && !entry.name.startsWith(".")) {
        const file = await new Promise<File | null>((resolve) =>
          (entry as FileSystemFileEntry).file(resolve, () => resolve(null)),
        );
        if (file !== null) files.push(file);
      }
    }
  }
}
