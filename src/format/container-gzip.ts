import { gunzip } from "../codec/gunzip.ts";
import type { Model } from "../model/model.ts";
import type { Source } from "../source/source.ts";
import { inContainer } from "./container.ts";
import type { OpenContext } from "./format.ts";

/** Opens what a gzip'd file holds, decompressed into memory: a weight file, or a tar archive of one. */
export async function open(
  source: Source,
  { budget, signal, openInner, entry }: OpenContext,
): Promise<Model> {
  const content = await gunzip(source, nameInside(source.name), { budget, signal });
  try {
    return inContainer(inContainer(await openInner(content, entry), content), source);
  } catch (error) {
    await content.close?.();
    throw error;
  }
}

/** `net.npy` of `net.npy.gz`, `net.tar` of `net.tgz`. */
function nameInside(name: string): string {
  return /\.tgz$/i.test(name) ? name.replace(/\.tgz$/i, ".tar") : name.replace(/\.gz(ip)?$/i, "");
}
