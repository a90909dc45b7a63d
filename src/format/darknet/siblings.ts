import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";

/** Whether the bytes are Darknet's .cfg: a text that begins with the section `[net]`, comments aside. */
export function isConfig(head: Uint8Array, name: string): boolean {
  const text = new TextDecoder("latin1").decode(head);
  const begins = /^(?:\s|[#;][^\n]*\n)*\[\s*net(?:work)?\s*\]/i.test(text);
  return begins && (/\.cfg$/i.test(name) || /\[\s*conv/i.test(text));
}

/** What Darknet adds to the name of a network for the weights it saves. */
const SAVED = /(?:_(?:best|last|final|\d+))?\.(?:weights|backup)$|\.conv\.\d+$/i;

/** Whether a file is called like Darknet's weights. */
export function isWeightsName(name: string): boolean {
  return SAVED.test(name);
}

/** The .cfg beside the weights. @throws ReadError `missing-sibling`, `ambiguous`. */
export async function findConfig(weights: Source, signal?: AbortSignal): Promise<Source> {
  const name = bareName(weights);
  const stems = new Set([name.replace(SAVED, ""), name.replace(/\.[^.]*$/, "")]);
  const found = await firstOf(
    weights,
    [...stems].map((stem) => `${stem}.cfg`),
    signal,
  );
  return (
    found ??
    (await onlyOne(weights, (other) => /\.cfg$/i.test(other), signal)) ??
    missing(`${[...stems][0]}.cfg`, "Darknet's weights hold no shapes: they are in the .cfg of the network")
  );
}

/** The weights beside a .cfg. @throws ReadError `missing-sibling`, `ambiguous`. */
export async function findWeights(config: Source, signal?: AbortSignal): Promise<Source> {
  const stem = bareName(config).replace(/\.cfg$/i, "");
  const names = ["", "_final", "_best", "_last"].map((suffix) => `${stem}${suffix}.weights`);
  return (
    (await firstOf(config, names, signal)) ??
    (await onlyOne(config, isWeightsName, signal)) ??
    missing(`${stem}.weights`, "A .cfg of Darknet holds no weights")
  );
}

function bareName({ name }: Source): string {
  return name.replace(/^.*[/\\]/, "");
}

function missing(name: string, why: string): never {
  throw new ReadError(
    "missing-sibling",
    `${why}: put ${JSON.stringify(name)} beside the file and open the two from their folder (or drop them together).`,
  );
}

async function firstOf(
  source: Source,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Source | null> {
  for (const name of names) {
    const found = (await source.sibling?.(name, signal)) ?? null;
    if (found !== null) return found;
  }
  return null;
}

/** The one file of the folder that fits; of several, none is right by chance. */
async function onlyOne(
  source: Source,
  fits: (name: string) => boolean,
  signal?: AbortSignal,
): Promise<Source | null> {
  const entries = (await source.folder?.entries(signal)) ?? [];
  const names = entries.filter(({ kind, name }) => kind === "file" && fits(name)).map(({ name }) => name);
  if (names.length > 1) {
    throw new ReadError(
      "ambiguous",
      `${names.length} files beside it could belong to it, such as ${JSON.stringify(names[0])} and ${JSON.stringify(names[1])}: give the right one the same name.`,
    );
  }
  return names[0] === undefined ? null : ((await source.sibling?.(names[0], signal)) ?? null);
}
