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

/** `net.npy.gz/net.npy`, `net.tgz/net.tar`: named as the entries of an archive are. */
function nameInside(name: string): string {
  const own = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  const inside = /\.tgz$/i.test(own) ? own.replace(/\.tgz$/i, ".tar") : own.replace(/\.gz(ip)?$/i, "");
  return `${name}/${inside}`;
}
