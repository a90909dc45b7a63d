import { type Model, type OpenOptions, open as openWith, type Source } from "../index.ts";
import { nodeSpawn } from "./spawn.ts";

/**
 * `open` of the front door with Node's workers: reads a file's directory and returns the convolutions in it. No
 * weights are read. Close the model when done; that closes the source too.
 *
 * @throws ReadError `unsupported` when no format fits, or whatever the format finds wrong.
 * @example
 * const model = await open(await fromFile("model.keras"));
 */
export function open(source: Source, options: OpenOptions = {}): Promise<Model> {
  return openWith(source, { ...options, spawn: options.spawn ?? nodeSpawn });
}
