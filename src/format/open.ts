import type { Model } from "../model/model.ts";
import type { Source } from "../source/source.ts";
import type { OpenOptions } from "./format.ts";

/**
 * Opens a weight file: recognises its format by its bytes, reads its directory and returns the convolutions in
 * it. No weights are read. Close the model when done.
 *
 * @throws ReadError `unsupported` when no format fits, or whatever the format finds wrong.
 * @example
 * const model = await open(fromBytes(bytes, "resnet18.safetensors"));
 * for (const layer of model.layers) console.log(layer.name, layer.shape);
 */
export async function open(source: Source, options: OpenOptions = {}): Promise<Model> {
  const { openSource } = await import("./open-source.ts");
  return openSource(source, options);
}
