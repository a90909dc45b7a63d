import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Expectation } from "./expectation.ts";

/** A model file and what must be found in it. */
export interface Pair {
  /** `<format folder>/<case>`. */
  readonly name: string;
  /** The folder with the model and its siblings. */
  readonly folder: string;
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly expected: Expectation;
}

/** Every pair below `root`: `<format>/<case>.json` that holds `layers` or `error`, and the file it speaks of. */
export function listPairs(root: string): Pair[] {
  const pairs: Pair[] = [];
  for (const format of readdirSync(root, { withFileTypes: true })) {
    if (!format.isDirectory()) continue;
    const folder = join(root, format.name);
    const names = readdirSync(folder);
    for (const json of names.filter((name) => name.endsWith(".json"))) {
      const expected = JSON.parse(readFileSync(join(folder, json), "utf8")) as Expectation;
      if (!("layers" in expected) && !("error" in expected)) continue;
      const stem = json.slice(0, -".json".length);
      const file = expected.file ?? modelOf(stem, names);
      if (!existsSync(join(folder, file)))
        throw new Error(`${format.name}/${json} speaks of ${file}, which is not there`);
      const bytes = Uint8Array.from(readFileSync(join(folder, file)));
      pairs.push({ name: `${format.name}/${stem}`, folder, file, bytes, expected });
    }
  }
  return pairs;
}

/** What a pair is an example of: its folder, the first word of its name (who wrote it) and its ending. */
export function kindOf({ name, file }: Pair): string {
  return `${name.split("-")[0]}${file.slice(file.lastIndexOf("."))}`;
}

function modelOf(stem: string, names: readonly string[]): string {
  const candidates = names.filter(
    (name) => name.startsWith(`${stem}.`) && !name.endsWith(".json") && !name.endsWith(".txt"),
  );
  if (candidates.length !== 1)
    throw new Error(`${stem}.json should name its file: there are ${candidates.length} candidates`);
  return candidates[0]!;
}
