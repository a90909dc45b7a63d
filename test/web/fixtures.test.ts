import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listPairs, type Pair } from "../contract/pairs.ts";
import { layerRows, openSite, openTab, type Site, type Tab } from "./browser.ts";

/** The page opens everything that the library opens: the contract's own pairs, through the browser. */
const pairs = listPairs(fileURLToPath(new URL("../fixtures", import.meta.url))).filter(
  ({ expected }) => expected.options === undefined,
);

let site: Site;
let tab: Tab;

beforeAll(async () => {
  site = await openSite();
  tab = await openTab(site);
});
afterAll(async () => {
  await site.close();
});

/** Gives a model with what lies beside it under a name of its kin, as a user drops a model in several files. */
async function give(page: Page, { folder, file }: Pair): Promise<void> {
  const several = /\.index\.json$|sharded/.test(file);
  const kin = several
    ? readdirSync(folder).filter((name) => name !== file && name.startsWith(file.split(/[-.]/)[0]!))
    : [];
  const shards = kin.filter((name) => /\d{5}/.test(name));
  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles([file, ...shards].map((name) => join(folder, name)));
}

/** Waits until the page is done with `file`: open with its first layer painted or refused, empty, or failed. */
async function settled(page: Page, file: string): Promise<void> {
  await page.waitForFunction((name) => {
    if (document.querySelector(".page[data-shows=failed] .note")?.textContent?.includes(name)) return true;
    if (!document.title.startsWith(name) || document.querySelector("main[aria-busy=true]")) return false;
    return document.querySelector("canvas.picture[data-painted], .note.inside, .note.wide") !== null;
  }, file);
}

describe("the page opens", () => {
  test.each(pairs.map((pair) => [pair.name, pair] as const))("%s", async (_, pair) => {
    const { page } = tab;
    const { expected } = pair;
    await give(page, pair);
    await settled(page, pair.file);
    if (expected.error !== undefined) {
      const note = page.locator(".note.failed");
      expect(await note.locator(".figures").textContent()).toContain(expected.error.code);
      for (const part of expected.error.mentions ?? []) {
        expect(await note.textContent()).toContain(part);
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
        const rank = layer.rank as number;
        const shape = layer.shape as readonly number[];
        if (layer.parameters !== undefined) {
          const { total } = layer.parameters as { total: number };
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
