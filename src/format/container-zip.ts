import type { ZipEntry } from "../codec/zip.ts";
import { openZipEntry } from "../codec/zip-entry.ts";
import { ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { folderOf } from "../source/folder.ts";
import type { Source } from "../source/source.ts";
import { inContainer, openFiles } from "./container.ts";
import type { OpenContext } from "./format.ts";

/** Most bytes of an entry that has to be inflated into memory; stored ones are read in place. */
export const ZIP_INFLATE_MOST = 512 * 1024 ** 2;

/** Opens the model in a zip, whose entries are a folder: stored ones are read in place, deflated ones inflated. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { probe, budget, signal } = context;
  const entries = new Map<string, ZipEntry>();
  for (const entry of probe.zip ?? []) if (!entry.name.endsWith("/")) entries.set(entry.name, entry);
  const folder = folderOf(source.name, entries.keys(), async (path) => {
    const entry = entries.get(path)!;
    if (entry.method !== 0 && entry.size > ZIP_INFLATE_MOST) {
      throw new ReadError(
        "limit",
        `The zip entry ${JSON.stringify(path)} is compressed and has ${entry.size} bytes, which would have to be kept in memory; the limit is ${ZIP_INFLATE_MOST}: unpack the zip first.`,
      );
    }
    return { ...(await openZipEntry(source, entry, { budget, signal })), name: `${source.name}/${path}` };
  });
  return inContainer(await openFiles("zip archive", folder, context), source);
}
