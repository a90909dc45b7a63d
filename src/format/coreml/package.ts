import { parseJson } from "../../codec/json.ts";
import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { type Folder, isBareName, type Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";

/**
 * Opens a Core ML package (`.mlpackage`) by its Manifest.json, which says which file below `Data` is the model.
 *
 * @throws ReadError `malformed`, `refused` (a path that leads elsewhere) or `missing-sibling`.
 */
export async function openPackage(
  source: Source,
  { budget, signal, openInner }: OpenContext,
): Promise<Model> {
  const manifest = parseJson(await source.read(0, source.size, signal), budget, "The manifest");
  const parts = rootPath(manifest).split("/");
  if (parts.length > 8 || !parts.every(isBareName)) {
    throw new ReadError(
      "refused",
      `The manifest places the model in ${JSON.stringify(parts.join("/"))}; only files below Data are read.`,
    );
  }
  let folder: Folder | null = (await source.folder?.folder("Data", signal)) ?? null;
  for (const part of parts.slice(0, -1)) folder = (await folder?.folder(part, signal)) ?? null;
  const model = (await folder?.file(parts.at(-1)!, signal)) ?? null;
  if (model === null) {
    throw new ReadError(
      "missing-sibling",
      `The manifest needs Data/${parts.join("/")}, which is not there: open the whole .mlpackage (a folder).`,
    );
  }
  return openInner(model);
}

/** The path of the item that is the root of the package. */
function rootPath(manifest: unknown): string {
  const member = (value: unknown, key: string): unknown =>
    typeof value === "object" && value !== null && Object.hasOwn(value, key)
      ? (value as Readonly<Record<string, unknown>>)[key]
      : undefined;
  const root = member(manifest, "rootModelIdentifier");
  const item = typeof root === "string" ? member(member(manifest, "itemInfoEntries"), root) : undefined;
  const path = member(item, "path");
  if (typeof path === "string") return path;
  throw new ReadError(
    "malformed",
    "The manifest of a Core ML package should say which of its items is the model.",
  );
}
