import { type Folder, type Model, type OpenOptions, open as openWith, type Source } from "../index.ts";
import { nodeSpawn } from "./spawn.ts";

/**
 * `open` of the front door with Node's workers: reads the directory of a file, or of the model in a folder, and
 * returns the convolutions in it. No weights are read. Close the model when done; that closes the source too.
 *
 * @throws ReadError `unsupported` when no format fits, or whatever the format finds wrong.
 * @example
 * const model = await open(await fromFile("model.keras"));
 */
export function open(from: Source | Folder, options: OpenOptions = {}): Promise<Model> {
  return openWith(from, { ...options, spawn: options.spawn ?? nodeSpawn });
}
