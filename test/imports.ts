import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The project's folder. */
export const root: string = join(import.meta.dirname, "..");

/** One import of a file: what it asks for, and whether only types. */
export interface Import {
  readonly from: string;
  /** As written: `../errors.ts`, `node:fs`, `fflate`. */
  readonly specifier: string;
  /** For relative ones the path from the root; otherwise null. */
  readonly target: string | null;
  readonly typeOnly: boolean;
}

/** TypeScript files under a folder, as paths from the root with forward slashes. */
export function sourceFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path).replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path) && !/node_modules/.test(path))
    .sort();
}

const FROM = /\b(?:import|export)\s+(type\s+)?(?:[\w*{][^;"']*?\s)?from\s*"([^"]+)"/g;
const BARE = /\bimport\s+"([^"]+)"/g;
const CALLED = /\bimport\(\s*"([^"]+)"/g;

/** Every import and re-export of a file, the dynamic ones with a fixed name too. */
export function importsOf(file: string): readonly Import[] {
  const code = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found: (readonly [specifier: string, typeOnly: boolean])[] = [
    ...[...code.matchAll(FROM)].map((match) => [match[2] ?? "", match[1] !== undefined] as const),
    ...[...code.matchAll(BARE)].map((match) => [match[1] ?? "", false] as const),
    ...[...code.matchAll(CALLED)].map((match) => [match[1] ?? "", false] as const),
  ];
  return found.map(([specifier, typeOnly]) => ({
    from: file,
    specifier,
    target: specifier.startsWith(".")
      ? relative(root, join(root, dirname(file), specifier)).replaceAll("\\", "/")
      : null,
    typeOnly,
  }));
}
