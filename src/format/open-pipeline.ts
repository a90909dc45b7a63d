import { ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Folder, FolderEntry, Source } from "../source/source.ts";
import { mainFiles } from "./folder-rules.ts";
import type { FolderContext } from "./format.ts";
import { joinModels } from "./join-models.ts";
import { readJson } from "./read-json.ts";

/**
 * Opens a diffusers pipeline: every folder that `model_index.json` lists and that holds weights, as one model with names
 * such as `unet/conv_in`. Schedulers and tokenizers hold none.
 *
 * @throws ReadError `malformed` when the index is no object, `unsupported` when no part holds weights.
 */
export async function openPipeline(
  folder: Folder,
  entries: readonly FolderEntry[],
  index: Source,
  context: FolderContext,
): Promise<Model> {
  const { budget, signal } = context;
  const json = await readJson(index, budget, "The pipeline's index", signal);
  await index.close?.();
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new ReadError("malformed", "The pipeline's index should be a JSON object of its parts.");
  const listed = new Map(Object.entries(json));
  const parts: { name: string; model: Model }[] = [];
  const empty: string[] = [];
  try {
    for (const { name, kind } of entries) {
      if (kind !== "folder" || !Array.isArray(listed.get(name))) continue;
      const part = await folder.folder(name, signal);
      if (part === null) continue;
      // The name is the folder's own: the index only chooses among folders that are there.
      if (mainFiles(await part.entries(signal)).length === 0) empty.push(name);
      else parts.push({ name, model: await context.openInner(part) });
    }
    if (parts.length === 0) {
      throw new ReadError(
        "unsupported",
        "None of the pipeline's parts holds weights that Kernelscope reads.",
        { file: folder.name },
      );
    }
  } catch (error) {
    await Promise.all(parts.map(({ model }) => model.close()));
    throw error;
  }
  const kind = listed.get("_class_name");
  const version = listed.get("_diffusers_version");
  return joinModels(parts, {
    file: folder.name,
    producer: typeof version === "string" ? `diffusers ${version}` : null,
    notes: [
      `${typeof kind === "string" ? `A ${kind}: its` : "The pipeline's"} parts ${parts.map(({ name }) => name).join(", ")} are shown as one model${empty.length === 0 ? "" : `; ${empty.join(", ")} hold no weights`}.`,
    ],
  });
}
