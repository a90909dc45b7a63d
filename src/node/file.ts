import { dirname } from "node:path";
import type { Source } from "../index.ts";
import { fileSource } from "./file-source.ts";
import { fromFolder } from "./folder.ts";
import { openRegular } from "./regular-file.ts";

/**
 * A file on disk as a source. Its identity is size, mtime in nanoseconds and inode of the open file: a file
 * written over while it is read is noticed, one replaced by renaming keeps giving its old bytes.
 *
 * Siblings are regular files in the same folder, asked for by bare name; see `siblingPath`. Close the source, or
 * the model opened from it, when done.
 *
 * @throws ReadError `not-found`, or `refused` for folders, pipes, sockets, devices and missing permission.
 * @example
 * const model = await open(await fromFile("resnet18.safetensors"));
 */
export async function fromFile(path: string): Promise<Source> {
  return fileSource(path, await openRegular(path, 0), fromFolder(dirname(path)));
}
