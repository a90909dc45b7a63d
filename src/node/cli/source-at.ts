import { stat } from "node:fs/promises";
import { createBudget, type Folder, fromUrl, isAddress, type Source } from "../../index.ts";
import { fromFile } from "../file.ts";
import { fromFolder } from "../folder.ts";
import type { Context } from "./context.ts";
import { fromStream } from "./stdin.ts";

/** The most that is kept in memory of what comes by a pipe. */
const PIPED_BYTES = 2 * 1024 ** 3;

/** What the argument FILE means: `-` is standard input, `https://…` (or `hf://`, `s3://`, `gs://`) an address; else it lies on disk. */
export async function sourceAt(file: string, { stdin, signal }: Context): Promise<Source | Folder> {
  if (file === "-") return fromStream(stdin, createBudget({ bytes: PIPED_BYTES }), signal);
  if (isAddress(file)) return fromUrl(file, { signal });
  const stats = await stat(file).catch(() => null);
  return stats?.isDirectory() ? fromFolder(file) : fromFile(file);
}
