import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { formats, montage, open, readKernel } from "../../src/index.ts";
import { fromBytes } from "../../src/source/bytes.ts";
import { fixture, giveFiles, layerRows, openSite, openTab, painted, type Site, type Tab } from "./browser.ts";
import { safetensorsFile } from "./safetensors-file.ts";

const KINDS = fixture("safetensors/kinds.safetensors");

let site: Site;
let tab: Tab;
let page: Page;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());
beforeEach(async () => {
  tab = await openTab(site);
  page = tab.page;
});
afterEach(async () => {
  expect(tab.complaints).toEqual([]);
  await tab.close();
});

/** What the library says of the same file, read here in Node. */
async function layersOf(path: string) {
  const bytes = new Uint8Array(await readFile(path));
  return (await open(fromBytes(bytes, path))).layers;
}

const value = () => page.locator(".weight .value");
const heading = () => page.getByRole("heading", { level: 2 }).first();

describe("before anything is open", () => {
  test("the page says what it reads and that files stay here", async () => {
    const text = (await page.locator("main").textContent()) ?? "";
    for (const row of formats) {
      for (const ending of row.extensions) expect(text).toContain(`.${ending}`);
    }
    expect(text).toContain("Files stay on this machine");
    await expect(page.getByRole("button", { name: "Choose files…" }).isVisible()).resolves.toBe(true);
  });

  test("the example opens with one click", async () => {
    await page.getByRole("button", { name: "Open the example" }).click();
    await painted(page);
    expect(await layerRows(page).locator(".row-name").allTextContents()).toEqual([
      "conv3d_10",
      "conv3d_11",
      "conv3d_12",
    ]);
    await layerRows(page).nth(2).click();
    await page.getByLabel("width", { exact: true }).check();
    await page.getByText("16 of 24 slices frozen").waitFor();
    expect(await page.locator(".sum").allTextContents()).toEqual([
      "3 × 3 × 3 × 4 × 2 = 216 weights",
      "216 + 2 biases = 218 parameters",
    ]);
  });
});

describe("opening", () => {
  test("a drop anywhere in the window opens what was dropped", async () => {
    const bytes = (await readFile(fixture("numpy/guess-keras.npy"))).toString("base64");
    const transfer = await page.evaluateHandle((base64) => {
      const data = new DataTransfer();
      const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      data.items.add(new File([content], "dropped.npy"));
      return data;
    }, bytes);
    await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
    await page.getByText("Drop to open").waitFor();
    await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
    await painted(page);
    expect(await page.getByText("Drop to open").count()).toBe(0);
    expect(await page.title()).toBe("dropped.npy · Kernelscope");
  });

  test("a dropped folder opens as the model in it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kernelscope-page-"));
    await mkdir(join(folder, "net", "vae"), { recursive: true });
    await mkdir(join(folder, "net", "unet"));
    const weights = fixture("safetensors/sharded-00001-of-00002.safetensors");
    const index = { _class_name: "P", unet: ["d", "U"], vae: ["d", "V"] };
    await writeFile(join(folder, "net", "model_index.json"), JSON.stringify(index));
    for (const part of ["vae", "unet"])
      await copyFile(weights, join(folder, "net", part, "diffusion_pytorch_model.safetensors"));
    const devTools = await page.context().newCDPSession(page);
    const data = { items: [], files: [join(folder, "net")], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const)
      await devTools.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
    await painted(page);
    expect(await page.title()).toBe("net · Kernelscope");
    const names = await page.locator(".row-name").allTextContents();
    expect(names.some((name) => name.startsWith("unet/"))).toBe(true);
    await rm(folder, { recursive: true });
  });

  test("a model in several files opens when its shards come along, and names the missing one when not", async () => {
    const index = fixture("safetensors/sharded.safetensors.index.json");
    await giveFiles(page, index, fixture("safetensors/sharded-00001-of-00002.safetensors"));
    await page.getByRole("heading", { name: "sharded.safetensors.index.json cannot be read" }).waitFor();
    const told = (await page.locator(".note.failed").textContent()) ?? "";
    expect(told).toContain("sharded-00002-of-00002.safetensors");
    expect(told).toContain("Drop all of them together");
    await giveFiles(
      page,
      fixture("safetensors/sharded-00002-of-00002.safetensors"),
      index,
      fixture("safetensors/sharded-00001-of-00002.safetensors"),
    );
    await painted(page);
    expect(await page.title()).toContain("sharded.safetensors.index.json");
  });

  test.each([
    ["empty.keras", Buffer.alloc(0), "truncated", "empty"],
    ["notes.txt", Buffer.from("these are notes, no weights"), "unsupported", "74 68 65 73 65"],
    ["cut.keras", null, "", ""],
    ["cut.h5", null, "", ""],
  ])("%s is refused by name, with the reason and what to try", async (name, content, code, part) => {
    const whole = name.endsWith(".h5") ? "keras/keras212-kinds-3d.h5" : "../../examples/seed.keras";
    const buffer = content ?? (await readFile(fixture(whole))).subarray(0, 5000);
    await page.locator("input[type=file]").first().setInputFiles({ name, mimeType: "", buffer });
    await heading()
      .filter({ hasText: `${name} cannot be read` })
      .waitFor();
    const note = page.locator(".note.failed");
    expect(await note.locator(".figures").textContent()).toContain(code);
    expect(await note.locator(".reason").textContent()).toContain(part);
    expect(((await note.locator(".reason").textContent()) ?? "").length).toBeGreaterThan(20);
    expect(await note.getByRole("button", { name: "Choose other files…" }).isVisible()).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("failed-title");
  });

  test("a file that cannot be read leaves the one that was open a click away", async () => {
    await giveFiles(page, KINDS);
    await painted(page);
    await page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ name: "x.npy", mimeType: "", buffer: Buffer.from("x") });
    await page.getByRole("button", { name: "Back to kinds.safetensors" }).click();
    await painted(page);
    expect(await page.title()).toContain("kinds.safetensors");
  });

  test("can be cancelled while it waits", async () => {
    await giveFiles(page, KINDS);
    await painted(page);
    // A file that never answers: its bytes are asked for and do not come.
    await page.evaluate(() => {
      const file = new File(["x"], "slow.npy");
      const data = new DataTransfer();
      data.items.add(file);
      const input = document.querySelector<HTMLInputElement>("input[type=file]");
      if (input === null) throw new Error("there is no input");
      const never = new Worker(URL.createObjectURL(new Blob(["for(;;);"], { type: "text/javascript" })));
      // The next worker of the page is one that is too busy to answer.
      const Native = window.Worker;
      window.Worker = class extends EventTarget {
        constructor() {
          super();
          window.Worker = Native;
          // biome-ignore lint/correctness/noConstructorReturn: stands in for the page's own worker
          return never;
        }
      } as unknown as typeof Worker;
      input.files = data.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await page.getByRole("heading", { name: "Opening slow.npy" }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
    const started = Date.now();
    await page.getByRole("button", { name: "Cancel" }).click();
    await painted(page);
    expect(Date.now() - started).toBeLessThan(2000);
    expect(await page.title()).toContain("kinds.safetensors");
  });
});

describe("looking", () => {
  test("a layer that cannot be read says why, and the others are not affected", async () => {
    await giveFiles(page, fixture("safetensors/dtypes.safetensors"));
    await painted(page);
    const bad = layerRows(page).filter({ hasText: "conv_complex64" });
    await bad.click();
    await page.getByRole("heading", { name: "conv_complex64 cannot be read" }).waitFor();
    expect(await page.locator(".note.failed").textContent()).toContain("complex64");
    await bad.getByText("unreadable").waitFor();
    await layerRows(page).first().click();
    await painted(page);
  });

  test("a good file without convolutions lists what was looked at", async () => {
    await giveFiles(page, fixture("numpy/matrix.npy"));
    await page.getByRole("heading", { name: "No convolution kernel was found" }).waitFor();
    expect(await page.getByRole("table").textContent()).toContain("matrix");
  });

  test("the pointer reads every weight to its last digit, and says where it is", async () => {
    const layers = await layersOf(KINDS);
    await giveFiles(page, KINDS);
    for (const layer of layers.filter(({ kernel }) => kernel.unreadable === undefined).slice(0, 4)) {
      await layerRows(page).nth(layer.index).click();
      await painted(page);
      const cell = Number(/--cell (\d+)/.exec((await page.locator("code.command").textContent()) ?? "")?.[1]);
      const kernel = await readKernel(layer);
      const picture = montage(kernel, { cell });
      const box = await page.locator("canvas.picture").boundingBox();
      const [out, inputs, depth, height, width] = kernel.shape;
      const last = { out: out - 1, in: inputs - 1, depth: depth - 1, row: height - 1, column: width - 1 };
      for (const at of [{ out: 0, in: 0, depth: 0, row: 0, column: 0 }, last]) {
        const rect = picture.weightToRect(at.out, at.in, at.depth, at.row, at.column);
        await page.mouse.move(
          (box?.x ?? 0) + rect.x + rect.width / 2,
          (box?.y ?? 0) + rect.y + rect.height / 2,
        );
        const index = (((at.out * inputs + at.in) * depth + at.depth) * height + at.row) * width + at.column;
        await page.locator(`.weight[data-weight="${kernel.weights[index]}"]`).waitFor();
        const places = await page.locator(".indices dd").allTextContents();
        expect(places[0]).toBe(String(at.out));
        expect(places.at(-1)).toBe(String(at.column));
        expect(await page.locator(".tooltip").textContent()).toContain(String(kernel.weights[index]));
      }
      await page.mouse.move(5, 500);
      await page.locator(".tooltip").waitFor({ state: "detached" });
    }
  });

  test("the whole way by keyboard", async () => {
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    for (let tabs = 0; tabs < 6 && (await focused()) !== "Open the example"; tabs += 1)
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await painted(page);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("listbox");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await painted(page);
    expect(await page.locator('[aria-selected="true"] .row-name').textContent()).toBe("conv3d_12");
    const active = await page.getByRole("listbox", { name: "Layers" }).getAttribute("aria-activedescendant");
    expect(await page.locator(`[id="${active}"]`).getAttribute("aria-selected")).toBe("true");

    for (let tabs = 0; tabs < 6; tabs += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement?.matches("canvas.picture"))) break;
    }
    await page.keyboard.press("ArrowRight");
    await value().waitFor();
    const read = async () => ({
      value: await value().textContent(),
      at: await page.locator(".indices dd").allTextContents(),
    });
    expect((await read()).at).toEqual(["0", "0", "0", "0", "0"]);
    const moves: readonly (readonly [key: string, at: readonly string[]])[] = [
      ["ArrowRight", ["0", "0", "0", "0", "1"]],
      ["ArrowDown", ["0", "0", "0", "1", "1"]],
      ["Shift+ArrowRight", ["0", "1", "0", "1", "1"]],
      ["Shift+ArrowDown", ["1", "1", "0", "1", "1"]],
      ["End", ["1", "3", "2", "1", "2"]],
      ["Control+Home", ["0", "0", "0", "0", "0"]],
    ];
    for (const [key, at] of moves) {
      await page.keyboard.press(key);
      await page.waitForFunction(
        (wanted) =>
          [...document.querySelectorAll(".indices dd")].map((index) => index.textContent).join() === wanted,
        at.join(),
      );
    }
    const spoken = await page.getByRole("status").first().textContent();
    expect(spoken).toBe(`filter 0, input 0, depth 0, height 0, width 0: ${(await read()).value}`);
    const label = await page.locator("canvas.picture").getAttribute("aria-label");
    expect(label).toContain("conv3d_12: 2 filters by 4 inputs, 3 slices across depth of 3 by 3 weights");
    expect(label).toContain(`Chosen: filter 0, input 0, depth 0, height 0, width 0, ${(await read()).value}`);
    expect(await page.locator("table.slice td.here").count()).toBe(1);
    await page.keyboard.press("Escape");
    await value().waitFor({ state: "detached" });
  });

  test("the legend says what shares a scale, and warns where brightness cannot be compared", async () => {
    await giveFiles(page, KINDS);
    await painted(page);
    const legend = page.locator(".legend");
    expect(await legend.textContent()).toContain("One scale for the whole kernel");
    await page.getByLabel("Scale", { exact: true }).selectOption("slice");
    await legend.getByText("Each slice has its own scale: brightness is not comparable").waitFor();
    expect(await legend.locator(".scale").textContent()).toBe("lowesthighest");
  });

  test("NaN and infinities are counted in the legend", async () => {
    await giveFiles(page, fixture("safetensors/dtypes.safetensors"));
    await painted(page);
    expect(await page.locator(".legend").textContent()).toMatch(/weights? (is|are) infinite/);
    expect(await page.locator(".legend-mark.infinity").count()).toBe(1);
  });

  test("axes can be told where a file names none", async () => {
    await giveFiles(page, fixture("numpy/guess-keras.npy"));
    await painted(page);
    const before = await page.locator('[aria-selected="true"] .row-facts').textContent();
    await page.getByLabel("Axes are stored as").selectOption("torch");
    await page.locator("code.command").filter({ hasText: "--axis-order torch" }).waitFor();
    await painted(page);
    expect(await page.locator('[aria-selected="true"] .row-facts').textContent()).not.toBe(before);
    await page.getByLabel("Axes are stored as").selectOption("WIO");
    await page.getByRole("button", { name: "Back to guess-keras.npy" }).click();
    await painted(page);
  });

  test("twenty thousand layers are listed without twenty thousand elements", async () => {
    const count = 20_000;
    const names = Array.from({ length: count }, (_, index) => `block${index}.conv.weight`);
    const buffer = safetensorsFile(Object.fromEntries(names.map((name) => [name, [1, 1, 3, 3]])));
    await page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ name: "many.safetensors", mimeType: "", buffer });
    await painted(page);
    expect(await layerRows(page).first().getAttribute("aria-setsize")).toBe(String(count));
    await page.keyboard.press("End");
    const last = page.locator('[aria-selected="true"]');
    await last.filter({ hasText: "block19999.conv" }).waitFor();
    expect(await last.getAttribute("aria-posinset")).toBe(String(count));
    await page.getByRole("listbox", { name: "Layers" }).evaluate((list) => {
      list.scrollTop = list.scrollHeight / 2;
    });
    await layerRows(page).filter({ hasText: "block10000.conv" }).waitFor();
    expect(await layerRows(page).count()).toBeLessThan(500);
    await painted(page);
  });

  test("the list narrows to what is typed", async () => {
    await giveFiles(page, KINDS);
    await painted(page);
    const all = await layerRows(page).locator(".row-name").allTextContents();
    const wanted = all.at(-1) ?? "";
    await page.getByLabel("Filter layers by name").fill(wanted.toUpperCase());
    expect(await layerRows(page).locator(".row-name").allTextContents()).toEqual(
      all.filter((name) => name.includes(wanted)),
    );
    await page.getByLabel("Filter layers by name").fill("no such layer");
    await page.getByText("No layer is called like that.").waitFor();
  });
});

test("the theme changes the page and none of the picture's colours, and is remembered", async () => {
  await giveFiles(page, KINDS);
  await painted(page);
  const pixels = () =>
    page.locator("canvas.picture").evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
      return data?.reduce((sum, byte, index) => (sum * 31 + byte + index) % 1_000_000_007, 7);
    });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await pixels();
  const seen = new Set<string>();
  for (let change = 0; change < 3; change += 1) {
    await page.getByRole("button", { name: /^Theme/ }).click();
    seen.add(await ground());
    expect(await pixels()).toBe(before);
  }
  expect(seen.size).toBe(2);
  await page.getByRole("button", { name: "Theme: as the system. Change" }).click();
  await page.reload();
  await page.getByRole("button", { name: "Theme: light. Change" }).waitFor();
});

test("a reader that dies is told of, and the page goes on", async () => {
  await giveFiles(page, KINDS);
  await painted(page);
  const worker = page.workers()[0];
  await worker
    ?.evaluate(() => void setTimeout(() => Promise.reject(new Error("planted")), 0))
    .catch(() => undefined);
  await worker
    ?.evaluate(
      () =>
        void setTimeout(() => {
          throw new Error("planted");
        }, 0),
    )
    .catch(() => undefined);
  await page.waitForTimeout(200);
  await layerRows(page).nth(1).click();
  await page.getByText("The reader stopped unexpectedly").first().waitFor();
  tab.complaints.splice(0);
  await giveFiles(page, KINDS);
  await painted(page);
});
