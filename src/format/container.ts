import { ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Folder, Source } from "../source/source.ts";
import type { OpenContext } from "./format.ts";

/** `model`, found inside `container`, which is freed with it; `notes` are about the container. */
export function inContainer(model: Model, container: Source, notes: readonly string[] = []): Model {
  return {
    ...model,
    notes: [...notes, ...model.notes],
    async close() {
      await model.close();
      await container.close?.();
    },
  };
}

/** Opens the model among the files of an archive; `what` is the archive, for people. */
export async function openFiles(
  what: string,
  folder: Folder,
  { openInner, entry }: OpenContext,
): Promise<Model> {
  try {
    return await openInner(folder, entry);
  } catch (error) {
    if (!(error instanceof ReadError) || error.code !== "unsupported" || error.file !== folder.name)
      throw error;
    const sentence = error.message.charAt(0).toLowerCase() + error.message.slice(1);
    throw new ReadError("unsupported", `It is a ${what}, but ${sentence}`, {
      file: folder.name,
      cause: error,
    });
  }
}
