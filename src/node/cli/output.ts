import { existsSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve, sep } from "node:path";
import { escapeText, isAddress, ReadError } from "../../index.ts";
import { systemError } from "../system-error.ts";
import { type Content, eachPiece, writeWhole } from "../write-whole.ts";
import { type Context, print } from "./context.ts";

/** Where results go: standard output, one file, or a folder that gets one file a layer. */
export type Output =
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "folder"; readonly path: string };

/** What `resolveOutput` decides by. */
export interface OutputRequest {
  /** What `-o` says. */
  readonly out: string;
  /** Endings of the files that this command writes, without the dot. */
  readonly endings: readonly string[];
}

/**
 * What `-o` means: `-` is standard output; an existing folder, a path that ends in a slash, or a name without an
 * ending is a folder; a known ending or an existing special file (`/dev/null`) is a file.
 *
 * @throws ReadError `bad-option` for an ending that is not written, or for a folder whose name looks like a file's.
 */
export async function resolveOutput({ out, endings }: OutputRequest): Promise<Output> {
  if (out === "-") return { kind: "stdout" };
  const ending = extname(out).slice(1).toLowerCase();
  const known = endings.includes(ending);
  const stats = await stat(out).catch(() => null);
  if (out.endsWith("/") || out.endsWith(sep)) return { kind: "folder", path: out };
  if (stats?.isDirectory()) {
    if (!known) return { kind: "folder", path: out };
    throw new ReadError(
      "bad-option",
      `It is a folder, though named like a file: write ${out}/ to put files into it.`,
      { file: out },
    );
  }
  if (known || (stats !== null && !stats.isFile())) return { kind: "file", path: out };
  if (ending === "" && stats === null) return { kind: "folder", path: out };
  const all = endings.map((known) => `.${known}`).join(", ");
  const what =
    ending === "" ? "It is a file without an ending" : `Files that end in .${ending} are not written here`;
  throw new ReadError("bad-option", `${what}: end the name in ${all}, or in a slash for a folder.`, {
    file: out,
  });
}

/**
 * Makes the folder and those above it where missing. Level by level, as Node's own recursive way never ends where
 * the system says that nothing can be made (`/proc`).
 */
async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at);
  try {
    for (const folder of missing) {
      await mkdir(folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error;
      });
    }
    if (!(await stat(path)).isDirectory()) {
      throw new ReadError("refused", "It is a file, and a folder was expected.", { file: path });
    }
  } catch (error) {
    throw systemError(error, path, "The folder could not be made: ");
  }
}

/** Longest file name made from a layer's name, in characters: leaves room for an ending on every file system. */
const FILE_NAME_LENGTH = 100;

/** Names that Windows keeps for devices, with any ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * A file name (without ending) for each layer name: letters, digits and `._-` stay, the rest becomes `_`; never
 * hidden, empty or too long; no two equal, not even where case does not count.
 */
export function fileNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const safe = name
      .normalize("NFC")
      .replace(/[^\p{L}\p{N}._-]+/gu, "_")
      .replace(/^[._-]+/, "")
      .replace(/[.]+$/, "");
    const cut = [...safe].slice(0, FILE_NAME_LENGTH / 2).join("");
    const base = cut === "" || RESERVED.test(cut) ? `layer_${cut}`.replace(/_$/, "") : cut;
    let unique = base;
    for (let n = 2; taken.has(unique.toLowerCase()); n++) unique = `${base}_${n}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** The name of a file without folder and ending, for names made from it; `kernels` for standard input. */
export function stemOf(file: string): string {
  if (file === "-") return "kernels";
  const name = basename(file).replace(/(\.weights)?\.[^.]+$/, "");
  return fileNames([name === "" ? "kernels" : name])[0] ?? "kernels";
}

/**
 * The path of each layer's file, null for standard output.
 *
 * @throws ReadError `bad-option` when several layers should go into one file.
 */
export function pathsFor(
  output: Output,
  layers: readonly { readonly name: string }[],
  ending: string,
): readonly (string | null)[] {
  if (output.kind === "folder") {
    return fileNames(layers.map((layer) => layer.name)).map((name) => join(output.path, `${name}.${ending}`));
  }
  if (layers.length > 1) {
    throw new ReadError(
      "bad-option",
      `${layers.length} layers do not fit one .${ending}: give a folder, such as -o kernels/.`,
      {
        file: output.kind === "file" ? output.path : "-o -",
      },
    );
  }
  return [output.kind === "file" ? output.path : null];
}

/**
 * The format that a file's name ends in, if it is one of `formats`.
 *
 * @throws ReadError `bad-option` when another one was asked for.
 */
export function formatOfName<T extends string>(
  path: string,
  formats: readonly T[],
  asked: T | undefined,
): T | undefined {
  const format = formats.find((known) => path.toLowerCase().endsWith(`.${known}`));
  if (format !== undefined && asked !== undefined && asked !== format) {
    throw new ReadError("bad-option", `--format ${asked} does not fit the name's ending.`, { file: path });
  }
  return format;
}

/** Writes one result: to a file, all or nothing, making its folder where a folder was asked for; or to standard output. */
export async function deliver(
  context: Context,
  output: Output,
  path: string | null,
  content: Content,
): Promise<void> {
  if (path === null) {
    await eachPiece(content, (piece) => print(context, piece));
    return;
  }
  if (output.kind === "folder") await makeFolder(output.path);
  await writeWhole(path, content, { signal: context.signal, unfinished: context.unfinished });
}

/** @throws ReadError `bad-option` when bytes that are no text would go to a terminal. */
export function refuseTerminal(context: Context, what: string, instead: string): void {
  if (context.stdout.isTTY) {
    throw new ReadError("bad-option", `${what} would be written to a terminal as bytes: ${instead}.`, {
      file: "-o -",
    });
  }
}

/** @throws ReadError `bad-option` when a result would replace the file that it is made from. */
export async function refuseInput(input: string, paths: readonly (string | null)[]): Promise<void> {
  if (input === "-" || isAddress(input)) return;
  const from = await stat(input, { bigint: true });
  for (const path of paths) {
    if (path === null) continue;
    const to = await stat(path, { bigint: true }).catch(() => null);
    if (to !== null && to.ino === from.ino && to.dev === from.dev) {
      throw new ReadError("bad-option", "It is the file that is read: choose another name.", { file: path });
    }
  }
}

/** The last line of a command that wrote a file. */
export function wrote(path: string, details: string): string {
  return `wrote ${escapeText(path)} (${details})`;
}
