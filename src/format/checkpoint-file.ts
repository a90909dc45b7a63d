import type { Folder, FolderEntry } from "../source/source.ts";
import type { FolderContext } from "./format.ts";

/** Bytes of TensorFlow's `checkpoint` that are read: the latest one stands first. */
const READ_MOST = 64 * 1024;

/**
 * The index file of the checkpoint that TensorFlow's text file `checkpoint` calls the latest, by its bare name (older
 * versions write whole paths); null when there is no such text.
 */
export async function latestCheckpoint(
  folder: Folder,
  entries: readonly FolderEntry[],
  { signal }: FolderContext,
): Promise<string | null> {
  if (!entries.some(({ name, kind }) => name === "checkpoint" && kind === "file")) return null;
  const source = await folder.file("checkpoint", signal);
  if (source === null) return null;
  try {
    const text = new TextDecoder().decode(await source.read(0, Math.min(source.size, READ_MOST), signal));
    const stated = /^model_checkpoint_path:\s*"([^"\n]*)"/m.exec(text)?.[1];
    return stated === undefined ? null : `${stated.replace(/^.*[/\\]/, "")}.index`;
  } finally {
    await source.close?.();
  }
}
