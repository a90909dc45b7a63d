import type { Model } from "../model/model.ts";
import type { Folder, Source } from "../source/source.ts";
import type { OpenOptions } from "./format.ts";

/**
 * Opens a weight file: recognises its format by its bytes, reads its directory and returns the convolutions in
 * it. No weights are read. Close the model when done. Of a folder or an archive the file that stands for the model is
 * opened; where several could, `entry` says which.
 *
 * @throws ReadError `unsupported` when no format fits, `ambiguous` when a folder or an archive holds several models,
 * or whatever the format finds wrong.
 * @example
 * const model = await open(fromBytes(bytes, "resnet18.safetensors"));
 * for (const layer of model.layers) console.log(layer.name, layer.shape);
 */
export async function open(from: Source | Folder, options: OpenOptions = {}): Promise<Model> {
  const { openSource } = await import("./open-source.ts");
  return openSource(from, options);
}
