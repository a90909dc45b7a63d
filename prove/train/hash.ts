import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Names of all files below a folder, with forward slashes, in order. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}

/** One hash over the names and bytes of all files below a folder; `except` are left out. */
export function hashOf(folder: string, except: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const name of filesBelow(folder)) {
    if (!except.includes(name)) hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}
