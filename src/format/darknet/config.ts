import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";

/** A section of a .cfg: what stands in brackets, and its options. */
export interface Section {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Largest .cfg that is read; real ones have at most 50 kB. */
export const CFG_MOST = 1024 * 1024;

/**
 * The sections of a .cfg, as Darknet's parser reads them: spaces do not count, lines that begin with `#` or `;` are
 * comments, a later option of the same name does not count.
 *
 * @throws ReadError `malformed` when it does not begin with `[net]`.
 */
export function readSections(text: string, budget: Budget): Section[] {
  const sections: { name: string; options: Map<string, string> }[] = [];
  for (const line of text.split("\n")) {
    budget.count(1, "lines of the .cfg");
    const bare = line.replace(/\s+/g, "");
    if (bare === "" || bare.startsWith("#") || bare.startsWith(";")) continue;
    if (bare.startsWith("[")) {
      sections.push({ name: bare.replace(/^\[|\].*$/g, "").toLowerCase(), options: new Map() });
      continue;
    }
    const options = sections.at(-1)?.options;
    const equals = bare.indexOf("=");
    if (options === undefined || equals < 1) {
      throw new ReadError(
        "malformed",
        `A line of the .cfg should be a section or an option, but is ${JSON.stringify(bare.slice(0, 60))}.`,
      );
    }
    const key = bare.slice(0, equals);
    if (!options.has(key)) options.set(key, bare.slice(equals + 1).replace(/[#;].*$/, ""));
  }
  const first = sections[0]?.name;
  if (first !== "net" && first !== "network") {
    throw new ReadError(
      "malformed",
      `A .cfg of Darknet should begin with [net], but this one ${first === undefined ? "is empty" : `begins with [${first.slice(0, 40)}]`}.`,
    );
  }
  return sections;
}

/** An integer option, read as C's atoi reads it; `otherwise` where it is left out. */
export function integer({ options }: Section, key: string, otherwise: number): number {
  const text = options.get(key);
  if (text === undefined) return otherwise;
  return Number(/^[-+]?\d{1,15}/.exec(text)?.[0] ?? 0);
}

/** Integers between commas. */
export function integers({ options }: Section, key: string): number[] {
  const text = options.get(key) ?? "";
  return text === "" ? [] : text.split(",").map((part) => Number(/^[-+]?\d{1,15}/.exec(part)?.[0] ?? 0));
}
