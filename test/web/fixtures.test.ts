import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kindOf, listPairs, type Pair } from "../contract/pairs.ts";
import { layerRows, openSite, openTab, type Site, type Tab } from "./browser.ts";

/** The page opens what the library opens: one of every kind of the contract's own pairs, through the browser. */
const all = listPairs(fileURLToPath(new URL("../fixtures", import.meta.url)));
const pairs = all
  .filter(({ expected, file }) => {
    // What is told by a folder's other files (`checkpoint`, two `.cfg`) is not told by files that are dropped alone.
    const needsFolder = !file.includes(".") || (expected.error?.code === "ambiguous" && !/zip$/.test(file));
    return expected.options === undefined && !needsFolder;
  })
  .filter((pair, _, asked) => asked.find((other) => kindOf(other) === kindOf(pair)) === pair);

let site: Site;
let tab: Tab;

beforeAll(async () => {
  site = await openSite();
  tab = await openTab(site);
});
afterAll(async () => {
  await site.close();
});

/** The other files of a pair's model: those with its stem, or shards of its kin; none that stands for another pair. */
function besides({ folder, file, name }: Pair): string[] {
  const stems = [name.slice(name.indexOf("/") + 1), file.slice(0, file.indexOf("."))];
  const isIndex = /\.index\.json$|sharded/.test(file);
  const others = all.filter((pair) => pair.folder === folder).map((pair) => pair.file);
  return readdirSync(folder).filter((other) => {
    if (other === file || /\.(json|txt)$/.test(other) || !statSync(join(folder, other)).isFile())
      return false;
    if (isIndex) return other.startsWith(file.split(/[-.]/)[0]!) && /\d{5}/.test(other);
    const standsForOther = others.includes(other) && /\.(index|pb|onnx|xml)$/.test(other);
    return stems.some((stem) => other.startsWith(`${stem}.`)) && (/\d{5}-of-/.test(file) || !standsForOther);
  });
}

/** Names of the files of a pair that is a folder: an error may be one of theirs. */
function inside({ folder, file }: Pair): string[] {
  const [top, ...inner] = file.split("/");
  if (inner.length === 0) return [];
  return readdirSync(join(folder, top!), { recursive: true, encoding: "utf8" }).map((path) => basename(path));
}

/** Gives a model with what lies beside it, as a user drops a model in several files, or its whole folder. */
async function give(page: Page, pair: Pair): Promise<void> {
  const [top, ...inner] = pair.file.split("/");
  if (inner.length > 0) {
    // The button for folders is on the first page.
    await page.reload();
    const chooser = page.waitForEvent("filechooser");
    await page
      .getByRole("button", { name: /folder/i })
      .first()
      .click();
    await (await chooser).setFiles(join(pair.folder, top!));
    return;
  }
  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles([pair.file, ...besides(pair)].map((name) => join(pair.folder, name)));
}

/** Waits until the page is done with `file`: open with its first layer painted or refused, empty, or failed. */
async function settled(page: Page, names: readonly string[]): Promise<void> {
  await page.waitForFunction((known) => {
    const note = document.querySelector(".page[data-shows=failed] .note")?.textContent ?? "";
    if (known.some((name) => note.includes(name))) return true;
    if (!known.some((name) => document.title.startsWith(name))) return false;
    if (document.querySelector("main[aria-busy=true]")) return false;
    return document.querySelector("canvas.picture[data-painted], .note.inside, .note.wide") !== null;
  }, names);
}

describe("the page opens", () => {
  test.each(pairs.map((pair) => [pair.name, pair] as const))("%s", async (_, pair) => {
    const { page } = tab;
    const { expected } = pair;
    await give(page, pair);
    // A model in several files is called by the one that stands for it, which need not be the one that the pair names.
    await settled(page, [...pair.file.split("/"), ...besides(pair), ...inside(pair)]);
    if (expected.error !== undefined) {
      const note = page.locator(".note.failed");
      expect(await note.locator(".figures").textContent()).toContain(expected.error.code);
      for (const part of expected.error.mentions ?? []) {
        // Options are the command's; the page has a control in their place.
        if (!part.startsWith("--")) expect(await note.textContent()).toContain(part);
      }
    } else {
      const layers = expected.layers ?? [];
      const shown = await layerRows(page).evaluateAll((rows) =>
        rows.map((row) => ({
          name: row.querySelector(".row-name")?.textContent,
          facts: row.querySelector(".row-facts")?.textContent,
          badges: [...row.querySelectorAll(".badge")].map((badge) => badge.textContent),
        })),
      );
      expect(shown.map((row) => row.name)).toEqual(
        layers.map((layer, index) => layer.name ?? shown[index]?.name),
      );
      for (const [index, layer] of layers.entries()) {
        const row = shown[index];
        const rank = layer.rank as number | undefined;
        const shape = layer.shape as readonly number[] | undefined;
        const total = (layer.parameters as { total?: number } | undefined)?.total;
        if (rank !== undefined && shape !== undefined && total !== undefined) {
          const extents = [...shape.slice(0, 2), ...shape.slice(5 - rank)].join("×");
          expect(row?.facts).toBe(`${extents} ${total.toLocaleString("en-US")}`);
        }
        if (layer.kind !== undefined && layer.kind !== "conv") expect(row?.badges).toContain(layer.kind);
        if (layer.evidence !== undefined) {
          expect(row?.badges).toContain(layer.evidence === "shape" ? "by shape?" : `by ${layer.evidence}`);
        }
      }
      const first = layers.findIndex((layer) => layer.error === undefined);
      if (first >= 0) await expectFirstWeight(page, layers[first]?.first?.[0]);
    }
    expect(tab.complaints.splice(0)).toEqual([]);
  });
});

/** The value that the page reads out for weight [0, 0, 0, 0, 0] is the framework's, to the bit. */
async function expectFirstWeight(page: Page, value: number | string | undefined): Promise<void> {
  if (value === undefined) return;
  await page.locator("canvas.picture").focus();
  await page.keyboard.press("ArrowRight");
  const shown = (await page.locator(".weight .value").textContent()) ?? "";
  const words: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity };
  const wanted = typeof value === "string" ? words[value] : value;
  expect(wanted).toBeDefined();
  expect(Object.is(Number(shown), wanted)).toBe(true);
}
