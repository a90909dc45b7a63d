import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture, giveFiles, layerRows, openSite, openTab, painted, type Site } from "./browser.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const KINDS = fixture("safetensors/kinds.safetensors");

let site: Site;
let axe: string;

beforeAll(async () => {
  site = await openSite();
  axe = await readFile(AXE, "utf8");
});
afterAll(() => site.close());

/** Every state that a user can meet, and the way to it. */
const STATES: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  empty: async () => {},
  opening: async (page) => {
    // A worker that never answers keeps the page in this state.
    await page.evaluate(() => {
      const silent = URL.createObjectURL(new Blob([""], { type: "text/javascript" }));
      const Native = window.Worker;
      window.Worker = class extends Native {
        constructor() {
          super(silent);
        }
      };
    });
    await giveFiles(page, KINDS);
    await page.getByRole("button", { name: "Cancel" }).waitFor();
  },
  failed: async (page) => {
    await page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ name: "x.h5", mimeType: "", buffer: Buffer.from("x") });
    await page.locator(".note.failed").waitFor();
  },
  open: async (page) => {
    await giveFiles(page, KINDS);
    await painted(page);
  },
  "open, with a weight chosen and another pointed at": async (page) => {
    await page.getByRole("button", { name: "Open the example" }).click();
    await painted(page);
    await page.locator("canvas.picture").focus();
    await page.keyboard.press("ArrowRight");
    await page.locator("table.slice").waitFor();
    await page.locator("canvas.picture").hover({ position: { x: 60, y: 40 } });
    await page.locator(".tooltip").waitFor();
  },
  "open, every warning in the legend": async (page) => {
    await giveFiles(page, fixture("safetensors/dtypes.safetensors"));
    await painted(page);
    await page.getByLabel("Scale", { exact: true }).selectOption("slice");
    await page.locator(".legend .careful-text").first().waitFor();
  },
  "a layer that cannot be read": async (page) => {
    await giveFiles(page, fixture("safetensors/dtypes.safetensors"));
    await painted(page);
    // By keyboard, as the list may be folded away on a phone.
    await page.evaluate(() => {
      const rows = [...document.querySelectorAll<HTMLElement>(".row")];
      rows.find((row) => row.textContent?.includes("conv_complex64"))?.click();
    });
    await page.locator(".note.failed").waitFor();
  },
  "an archive of several models": async (page) => {
    await giveFiles(page, fixture("containers/several.zip"));
    await page.locator(".choices").waitFor();
  },
  "one of several models": async (page) => {
    await giveFiles(page, fixture("containers/several.zip"));
    await page.getByRole("button", { name: "small.safetensors" }).click();
    await painted(page);
  },
  "a dequantised layer": async (page) => {
    await giveFiles(page, fixture("tflite/int8.tflite"));
    await painted(page);
    await page.getByText("Dequantised: the weights that the stored int8 stand for.").waitFor();
  },
  "nothing found": async (page) => {
    await giveFiles(page, fixture("numpy/matrix.npy"));
    await page.locator(".note.wide table").waitFor();
  },
  "the layer list of a phone": async (page) => {
    await giveFiles(page, KINDS);
    await painted(page);
    const menu = page.getByRole("button", { name: "Layers", exact: true });
    if (await menu.isVisible()) await menu.click();
    await layerRows(page).first().waitFor();
  },
};

const SCREENS = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

describe.each(Object.entries(SCREENS))("on a %s", (_, viewport) => {
  test.each(Object.keys(STATES))("axe finds nothing, and nothing runs over: %s", async (name) => {
    const tab = await openTab(site, { viewport });
    await STATES[name]?.(tab.page);
    for (const colorScheme of ["dark", "light"] as const) {
      await tab.page.emulateMedia({ colorScheme });
      await tab.page.evaluate(axe);
      const results = await tab.page.evaluate(() =>
        (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      const found = results.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`,
      );
      expect(found).toEqual([]);
      expect(results.passes.length).toBeGreaterThan(10);
    }
    const [content, window_] = await tab.page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    expect(content).toBeLessThanOrEqual(window_ ?? 0);
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
});

test("what has the focus is visible, wherever Tab leads", async () => {
  const tab = await openTab(site);
  await STATES.open?.(tab.page);
  const stops = new Set<string>();
  for (let presses = 0; presses < 16; presses += 1) {
    await tab.page.keyboard.press("Tab");
    const stop = await tab.page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      const ringed =
        element.closest(".segment") ??
        element.querySelector("[role=option][aria-selected=true]") ??
        (element.matches("canvas") ? element.closest(".montage-frame") : element) ??
        element;
      const own = getComputedStyle(ringed);
      const after = getComputedStyle(ringed, "::after");
      const visible =
        own.outlineStyle !== "none" || (after.content !== "none" && after.borderTopWidth !== "0px");
      return {
        visible,
        name: `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent?.slice(0, 20)}`,
      };
    });
    if (stop === null) continue;
    expect(stop).toMatchObject({ visible: true });
    stops.add(stop.name);
  }
  expect(stops.size).toBeGreaterThan(8);
  await tab.close();
});
