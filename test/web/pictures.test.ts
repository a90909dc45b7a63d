import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  fixture,
  giveFiles,
  layerRows,
  openSite,
  openTab,
  painted,
  type Site,
  startChromium,
  type Tab,
} from "./browser.ts";
import { safetensorsFile } from "./safetensors-file.ts";

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL("../../dist/node/cli/main.js", import.meta.url));

let site: Site;
let folder: string;

beforeAll(async () => {
  site = await openSite();
  folder = await mkdtemp(join(tmpdir(), "kernelscope-pictures-"));
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the very command that the page offers, in the folder of the file, and returns its PNG. */
async function pngOfCommand(page: Page, file: string): Promise<Buffer> {
  const command = (await page.locator("code.command").textContent()) ?? "";
  expect(command).toMatch(/^kernelscope draw /);
  expect(command).toMatch(/ -o kernels\.png$/);
  const out = join(folder, "kernels.png");
  const line = command.replace(/^kernelscope/, '"$NODE" "$COMMAND"').replace(/kernels\.png$/, '"$OUT"');
  await run("sh", ["-c", line], {
    cwd: join(file, ".."),
    env: { ...process.env, NODE: process.execPath, COMMAND, OUT: out },
  });
  return readFile(out);
}

/** How a PNG differs from the part of the picture that the canvas holds now. */
async function difference(page: Page, png: Buffer) {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }), {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
    const canvas = document.querySelector<HTMLCanvasElement>("canvas.picture");
    const sheet = document.querySelector<HTMLElement>(".sheet");
    const context = canvas?.getContext("2d");
    if (!canvas || !sheet || !context) throw new Error("there is no canvas");
    const scale = window.devicePixelRatio;
    const x = Math.round(Number.parseFloat(canvas.style.left) * scale);
    const y = Math.round(Number.parseFloat(canvas.style.top) * scale);
    const { width, height } = canvas;
    const expectedCanvas = new OffscreenCanvas(width, height);
    const expectedContext = expectedCanvas.getContext("2d", { willReadFrequently: true });
    expectedContext?.drawImage(image, -x, -y);
    const expected = expectedContext?.getImageData(0, 0, width, height).data;
    const shown = context.getImageData(0, 0, width, height).data;
    let different = 0;
    const colours = new Set<number>();
    for (let i = 0; i < shown.length; i += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = shown.subarray(i, i + 4);
      colours.add((red << 16) | (green << 8) | blue);
      const same =
        expected?.[i] === red && expected[i + 1] === green && expected[i + 2] === blue && alpha === 255;
      if (!same) different += 1;
    }
    const css = canvas.getBoundingClientRect();
    return {
      different,
      pixels: width * height,
      colours: colours.size,
      png: [image.width, image.height],
      sheet: [
        Math.round(sheet.getBoundingClientRect().width * scale),
        Math.round(sheet.getBoundingClientRect().height * scale),
      ],
      /** The canvas on the screen, in device pixels: as many as it has itself, but for layout's 1/64 of a CSS pixel. */
      onScreen: [css.width * scale, css.height * scale],
      window: { x, y, width, height },
    };
  }, png.toString("base64"));
}

/** How a PNG differs from what the screen shows of the picture, device pixel by device pixel. */
async function differenceOnScreen(page: Page, png: Buffer) {
  const screen = await page.screenshot();
  return page.evaluate(
    async ([expectedText, screenText]) => {
      const decode = async (base64: string) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }), {
          colorSpaceConversion: "none",
        });
        const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
        context?.drawImage(image, 0, 0);
        return context?.getImageData(0, 0, image.width, image.height) ?? new ImageData(1, 1);
      };
      const [expected, shown] = await Promise.all([decode(expectedText), decode(screenText)]);
      const sheet = document.querySelector(".sheet")?.getBoundingClientRect();
      const frame = document.querySelector(".montage")?.getBoundingClientRect();
      if (sheet === undefined || frame === undefined) throw new Error("there is no picture");
      const scale = window.devicePixelRatio;
      const [left, top] = [Math.round(sheet.left * scale), Math.round(sheet.top * scale)];
      // A scroll bar may cover the last pixels.
      const right = Math.min(left + expected.width, Math.floor((frame.right - 16) * scale));
      const bottom = Math.min(top + expected.height, Math.floor((frame.bottom - 16) * scale));
      let different = 0;
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          const from = 4 * ((y - top) * expected.width + x - left);
          const to = 4 * (y * shown.width + x);
          const same = [0, 1, 2].every(
            (channel) => expected.data[from + channel] === shown.data[to + channel],
          );
          if (!same) different += 1;
        }
      }
      return { different, compared: (right - left) * (bottom - top) };
    },
    [png.toString("base64"), screen.toString("base64")] as const,
  );
}

async function expectSame(tab: Tab, file: string) {
  await painted(tab.page);
  const png = await pngOfCommand(tab.page, file);
  const found = await difference(tab.page, png);
  expect(found.different).toBe(0);
  expect(found.sheet).toEqual(found.png);
  expect(found.onScreen[0]).toBeCloseTo(found.window.width, 1);
  expect(found.onScreen[1]).toBeCloseTo(found.window.height, 1);
  expect(found.colours).toBeGreaterThan(2);
  expect(tab.complaints).toEqual([]);
  return found;
}

async function choose(page: Page, label: string, value: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).selectOption(value);
}

describe("the canvas shows the pixels that the command writes", () => {
  const kinds = fixture("safetensors/kinds.safetensors");

  test("for every layer of a file with all kinds of convolutions", async () => {
    const tab = await openTab(site);
    await giveFiles(tab.page, kinds);
    const rows = layerRows(tab.page);
    await rows.first().waitFor();
    const count = await rows.count();
    expect(count).toBeGreaterThan(5);
    for (let index = 0; index < count; index += 1) {
      await rows.nth(index).click();
      await expectSame(tab, kinds);
    }
    await tab.close();
  });

  test.each([
    { colormap: "signed", trim: "2", scale: "kernel", axis: "depth", cell: "8", symmetric: true },
    { colormap: "viridis", trim: "", scale: "filter", axis: "height", cell: "1", symmetric: false },
    { colormap: "RdBu_r", trim: "", scale: "slice", axis: "width", cell: "3", symmetric: true },
    { colormap: "gray", trim: "3", scale: "slice", axis: "depth", cell: "24", symmetric: false },
  ])(
    "for $colormap, one scale a $scale, slices across $axis, $cell px, trim '$trim', symmetric $symmetric",
    async (wanted) => {
      const tab = await openTab(site);
      const file = fixture("numpy/guess-keras.npy");
      await giveFiles(tab.page, file);
      await painted(tab.page);
      await choose(tab.page, "Colours", wanted.colormap);
      await choose(tab.page, "Scale", wanted.scale);
      await choose(tab.page, "Trim", wanted.trim);
      await choose(tab.page, "Cell", wanted.cell);
      await tab.page.getByLabel(wanted.axis, { exact: true }).check();
      await tab.page.getByLabel("Symmetric").setChecked(wanted.symmetric);
      await expectSame(tab, file);
      await tab.close();
    },
  );

  test.each([1, 1.25, 2.5, 3])(
    "pixel by pixel on a screen with %d device pixels in a CSS pixel",
    async (scale) => {
      // A browser of its own: an emulated scale rounds boxes to whole CSS pixels, a real one does not.
      const browser = await startChromium(`--force-device-scale-factor=${scale}`, "--window-size=700,900");
      const tab = await openTab({ server: site.server, browser }, { viewport: null });
      expect(await tab.page.evaluate(() => window.devicePixelRatio)).toBe(scale);
      for (const file of [kinds, fixture("numpy/guess-keras.npy")]) {
        await giveFiles(tab.page, file);
        await expectSame(tab, file);
        const found = await differenceOnScreen(tab.page, await pngOfCommand(tab.page, file));
        expect(found.different).toBe(0);
        expect(found.compared).toBeGreaterThan(10_000);
      }
      await browser.close();
    },
  );

  test("for HDF5, which a worker inside the worker reads", async () => {
    const tab = await openTab(site);
    const file = fixture("keras/keras212-kinds-3d.h5");
    await giveFiles(tab.page, file);
    await expectSame(tab, file);
    await tab.close();
  });

  test("for a picture larger than its canvas, wherever it is scrolled to", async () => {
    const file = join(folder, "large.safetensors");
    const bytes = safetensorsFile(
      { "conv.weight": [256, 256, 3, 3, 3] },
      (index) => Math.sin(index * 0.37) * Math.cos(index),
    );
    await writeFile(file, bytes);
    const tab = await openTab(site);
    await giveFiles(tab.page, file);
    const first = await expectSame(tab, file);
    expect(first.window.width).toBeLessThan(first.png[0] ?? 0);
    const png = await pngOfCommand(tab.page, file);
    const box = tab.page.locator(".montage");
    for (const [x, y] of [
      [3000, 200],
      [4100, 2900],
      [100_000, 100_000],
      [90, 1500],
    ] as const) {
      await box.evaluate((element, to) => element.scrollTo(...to), [x, y] as [number, number]);
      await tab.page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      await painted(tab.page);
      const found = await difference(tab.page, png);
      expect(found.different).toBe(0);
      const seen = await box.evaluate((element) => {
        const canvas = element.querySelector("canvas.picture")?.getBoundingClientRect();
        const frame = element.getBoundingClientRect();
        const sheet = element.querySelector(".sheet")?.getBoundingClientRect();
        if (canvas === undefined || sheet === undefined) throw new Error("there is no canvas");
        return (
          canvas.left <= Math.max(frame.left, sheet.left) &&
          canvas.top <= Math.max(frame.top, sheet.top) &&
          canvas.right >= Math.min(frame.right, sheet.right) &&
          canvas.bottom >= Math.min(frame.bottom, sheet.bottom)
        );
      });
      expect(seen).toBe(true);
    }
    await tab.close();
  });
});

test("Save PNG gives the file that the command writes", async () => {
  const tab = await openTab(site);
  const file = fixture("safetensors/kinds.safetensors");
  await giveFiles(tab.page, file);
  await choose(tab.page, "Colours", "signed");
  await painted(tab.page);
  const [download] = await Promise.all([
    tab.page.waitForEvent("download"),
    tab.page.getByRole("button", { name: "Save PNG" }).click(),
  ]);
  const first = await layerRows(tab.page).first().locator(".row-name").textContent();
  expect(download.suggestedFilename()).toBe(`kinds.${first}.png`);
  const saved = await readFile(await download.path());
  const found = await difference(tab.page, saved);
  expect(found.different).toBe(0);
  expect((await pngOfCommand(tab.page, file)).length).toBeGreaterThan(0);
  await tab.close();
});
