import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formats } from "../../src/index.ts";

/** The first table of docs/formats.md, by the names of its columns. */
const rows = tableOf(readFileSync(new URL("../../docs/formats.md", import.meta.url), "utf8"));

function tableOf(markdown: string): Readonly<Record<string, string>>[] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.startsWith("| format |"));
  const cells = (line: string): string[] =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const columns = cells(lines[start]!);
  const end = lines.findIndex((line, at) => at > start && !line.startsWith("|"));
  return lines
    .slice(start + 2, end)
    .map((line) => Object.fromEntries(cells(line).map((cell, i) => [columns[i]!, cell])));
}

/** Endings that a row of the document speaks of. */
const endingsOf = (files: string): string[] => [...files.matchAll(/`\.([\w.]+)`/g)].map((match) => match[1]!);

describe("docs/formats.md", () => {
  const documented = new Set(rows.flatMap((row) => endingsOf(row.files ?? "")));

  it.each(formats.map((row) => [row.title, row] as const))("has %s with its endings", (_, { extensions }) => {
    for (const extension of extensions) expect(documented).toContain(extension);
  });

  it("speaks of no ending that no reader has", () => {
    const known = new Set<string>(formats.flatMap(({ extensions }) => [...extensions]));
    // An ending may be written with more before it: `.weights.h5` is an `.h5`.
    const isKnown = (ending: string): boolean =>
      [...known].some((extension) => ending === extension || ending.endsWith(`.${extension}`));
    expect([...documented].filter((ending) => !isKnown(ending))).toEqual([]);
  });

  it("says for every format what listing reads, the axes, the evidence and the checksum", () => {
    for (const row of rows)
      for (const column of ["files", "listing reads", "axis order", "evidence", "checksum"])
        expect(row[column], `${row.format}: ${column}`).toMatch(/\S/);
  });
});
