import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture, giveFiles, layerRows, openSite, openTab, painted, type Site, type Tab } from "./browser.ts";
import { safetensorsFile } from "./safetensors-file.ts";

let site: Site;
let folder: string;

beforeAll(async () => {
  site = await openSite();
  folder = await mkdtemp(join(tmpdir(), "kernelscope-choices-"));
  for (const [name, content] of [
    ["first", safetensorsFile({ "conv_a.weight": [4, 3, 3, 3] })],
    ["second", safetensorsFile({ "conv_b.weight": [2, 3, 3, 3] })],
    ["damaged", Buffer.from("no model at all")],
  ] as const) {
    await mkdir(join(folder, "nets", name), { recursive: true });
    await writeFile(join(folder, "nets", name, "model.safetensors"), content);
  }
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

async function giveFolder({ page }: Tab): Promise<void> {
  const input = page.getByLabel("Folder to open");
  await input.evaluate((element: HTMLInputElement) => {
    element.webkitdirectory = true;
  });
  await input.setInputFiles(join(folder, "nets"));
}

const names = ({ page }: Tab) => layerRows(page).locator(".row-name").allTextContents();

describe.each([
  ["desk", { width: 1440, height: 900 }],
  ["phone", { width: 390, height: 844 }],
] as const)("several models, on a %s", (_, viewport) => {
  test("those of an archive are listed; one is chosen with the keyboard, another from the list", async () => {
    const tab = await openTab(site, { viewport });
    const { page } = tab;
    await giveFiles(page, fixture("containers/several.zip"));
    await page.getByRole("heading", { name: "several.zip holds 2 models" }).waitFor();
    expect(await page.locator(".choice").allTextContents()).toEqual([
      "small.safetensors",
      "told.safetensors",
    ]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await painted(page);
    expect(await page.title()).toContain("told.safetensors");
    expect(await page.locator(".command").textContent()).toContain("draw several.zip '#0' --cell");
    expect(await page.locator(".command").textContent()).toContain("--entry told.safetensors");
    const menu = page.getByRole("button", { name: "Layers", exact: true });
    if (await menu.isVisible()) await menu.click();
    await page.getByLabel("Model", { exact: true }).selectOption("small.safetensors");
    await page.waitForFunction(() => document.title.includes("small.safetensors"));
    await painted(page);
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });

  test("those of a folder too; beside a damaged one the others can still be chosen", async () => {
    const tab = await openTab(site, { viewport });
    const { page } = tab;
    await giveFolder(tab);
    await page.getByRole("button", { name: "damaged/model.safetensors" }).click();
    await page.getByText("cannot be read").waitFor();
    await page.getByRole("button", { name: "second/model.safetensors" }).click();
    await painted(page);
    const menu = page.getByRole("button", { name: "Layers", exact: true });
    if (await menu.isVisible()) await menu.click();
    expect(await names(tab)).toEqual(["conv_b"]);
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });

  test("giving up a choice leads back to what was open", async () => {
    const tab = await openTab(site, { viewport });
    const { page } = tab;
    await giveFiles(page, fixture("safetensors/small.safetensors"));
    await painted(page);
    await giveFiles(page, fixture("containers/several.zip"));
    await page.getByRole("button", { name: "Back to small.safetensors" }).click();
    await painted(page);
    expect(await page.getByLabel("Model", { exact: true }).count()).toBe(0);
    await tab.close();
  });
});
