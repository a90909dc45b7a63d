import type { Model } from "../../model/model.ts";
import type { Folder, Source } from "../../source/source.ts";
import type { FolderContext } from "../format.ts";
import { readJson } from "../read-json.ts";
import { openContents } from "./archive.ts";

/** Opens a `.keras` that was unpacked: a folder with `config.json` and `model.weights.h5`. */
export async function openUnpacked(config: Source, folder: Folder, context: FolderContext): Promise<Model> {
  const { budget, signal } = context;
  const open: Source[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((source) => source.close?.()));
  };
  const openFile = async (name: string): Promise<Source | null> => {
    const source = await folder.file(name, signal);
    if (source !== null) open.push(source);
    return source;
  };
  open.push(config);
  try {
    return await openContents(
      folder.name,
      {
        async json(name) {
          const source = await openFile(name);
          return source === null ? null : readJson(source, budget, name, signal);
        },
        open: openFile,
      },
      context,
      close,
    );
  } catch (error) {
    await close();
    throw error;
  }
}
