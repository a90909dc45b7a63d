import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture, giveFiles, layerRows, openSite, openTab, painted, type Site } from "./browser.ts";
import { safetensorsFile } from "./safetensors-file.ts";
import { serveFolder } from "./static-server.ts";

let site: Site;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

/** Tries to reach an address; `blocked` when the browser refuses before anything is sent. */
async function reach(address: string): Promise<string> {
  try {
    await fetch(address, { mode: "no-cors" });
    return "reached";
  } catch (error) {
    return `blocked: ${(error as Error).message}`;
  }
}

describe("no byte of a file can leave", () => {
  test("a fetch planted in the page, in its worker and in the HDF5 worker is blocked on a host without headers", async () => {
    const other = await serveFolder("/nowhere");
    const tab = await openTab(site);
    await giveFiles(tab.page, fixture("keras/keras212-kinds-3d.h5"));
    await painted(tab.page);
    const [worker] = tab.page.workers();
    if (worker === undefined) throw new Error("the page has no worker");
    expect(await tab.page.evaluate(reach, other.address)).toMatch(/^blocked/);
    expect(await worker.evaluate(reach, other.address)).toMatch(/^blocked/);
    // A worker inside the worker, started as HDF5's is.
    const inside = await worker.evaluate(
      ([code, address]) =>
        new Promise<string>((resolve) => {
          const script = `(${code})(${JSON.stringify(address)}).then(postMessage)`;
          const nested = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), {
            type: "module",
          });
          nested.onmessage = (event) => resolve(event.data);
        }),
      [String(reach), other.address] as const,
    );
    expect(inside).toMatch(/^blocked/);
    expect(other.requests).toEqual([]);
    await other.close();
    await tab.close();
  });

  test("after the page has loaded nothing is asked for, and it goes on without a network", async () => {
    const tab = await openTab(site);
    await tab.page.waitForFunction(
      () =>
        performance.getEntriesByType("resource").filter((entry) => /worker|main-/.test(entry.name)).length >=
        2,
    );
    await tab.page.waitForTimeout(300);
    await tab.page.context().setOffline(true);
    const before = site.server.requests.length;
    for (const name of [
      "keras/keras212-kinds-3d.h5",
      "safetensors/kinds.safetensors",
      "numpy/guess-keras.npy",
    ]) {
      await giveFiles(tab.page, fixture(name));
      await tab.page.waitForFunction((file) => document.title.startsWith(file), name.split("/")[1] ?? "");
      await painted(tab.page);
    }
    expect(site.server.requests.slice(before)).toEqual([]);
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
});

describe("the content security policy", () => {
  const attacks: Readonly<Record<string, () => string | Promise<string>>> = {
    "inline script": () => {
      const script = document.createElement("script");
      try {
        script.textContent = "window.hurt = true";
        document.body.append(script);
      } catch {
        return "blocked";
      }
      return "hurt" in window ? "ran" : "blocked";
    },
    eval: async () => {
      // Later: what the debugger evaluates directly is exempt from the policy.
      await new Promise((resolve) => setTimeout(resolve));
      try {
        // biome-ignore lint/security/noGlobalEval: the attack under test
        return globalThis.eval("'ran'") as string;
      } catch {
        return "blocked";
      }
    },
    innerHTML: () => {
      try {
        document.body.insertAdjacentHTML("beforeend", "<b id=planted></b>");
      } catch {
        return "blocked";
      }
      return document.getElementById("planted") === null ? "blocked" : "ran";
    },
    "a worker from elsewhere": () => {
      try {
        new Worker("data:text/javascript,postMessage(1)");
        return "ran";
      } catch {
        return "blocked";
      }
    },
    "a picture from elsewhere": () =>
      new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve("ran");
        image.onerror = () => resolve("blocked");
        image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
      }),
    "an inline style": () => {
      const style = document.createElement("style");
      style.textContent = "body { outline: 7px solid red }";
      document.head.append(style);
      return getComputedStyle(document.body).outlineWidth === "7px" ? "ran" : "blocked";
    },
    "a base address": () => {
      const base = document.createElement("base");
      base.href = "https://example.org/";
      document.head.append(base);
      return document.baseURI.startsWith("https://example.org") ? "ran" : "blocked";
    },
  };

  test.each(Object.keys(attacks))("blocks %s", async (name) => {
    const tab = await openTab(site);
    expect(await tab.page.evaluate(attacks[name] ?? (() => ""))).toBe("blocked");
    await tab.close();
  });

  test("is broken by nothing that the page itself does, from opening to saving", async () => {
    const tab = await openTab(site);
    await tab.page.getByRole("button", { name: "Open the example" }).click();
    await painted(tab.page);
    const [download] = await Promise.all([
      tab.page.waitForEvent("download"),
      tab.page.getByRole("button", { name: "Save PNG" }).click(),
    ]);
    expect(await download.failure()).toBeNull();
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
});

test("names from a file are text: nothing runs, no element appears, nothing is hidden or endless", async () => {
  const names = [
    '<img src=x onerror="window.hurt=1">',
    "</span><script>window.hurt=1</script>",
    "__proto__",
    "constructor",
    "a\u202egnp.exe",
    "b\u0000\u001b[31mred",
    `${"long".repeat(25_000)}`,
    "javascript:window.hurt=1",
  ];
  const tab = await openTab(site);
  await tab.page
    .locator("input[type=file]")
    .first()
    .setInputFiles({
      name: '"><svg onload=window.hurt=1>.safetensors',
      mimeType: "",
      buffer: safetensorsFile(Object.fromEntries(names.map((name) => [`${name}.weight`, [1, 1, 3, 3]]))),
    });
  await painted(tab.page);
  const rows = layerRows(tab.page);
  expect(await rows.count()).toBe(names.length);
  for (let index = 0; index < names.length; index += 1) {
    await rows.nth(index).click();
    await painted(tab.page);
  }
  const found = await tab.page.evaluate(() => ({
    hurt: "hurt" in window,
    elements: document.querySelectorAll("#app img, #app script, #app svg:not(.icon, .logo)").length,
    polluted: "polluted" in {},
    text: document.body.textContent ?? "",
    longest: Math.max(
      ...[...document.querySelectorAll(".row-name")].map((name) => name.textContent?.length ?? 0),
    ),
  }));
  expect(found.hurt).toBe(false);
  expect(found.elements).toBe(0);
  expect(found.longest).toBeLessThanOrEqual(400);
  expect(found.text).toContain('<img src=x onerror="window.hurt=1">');
  expect(found.text).toContain("a\\u202egnp.exe");
  const described = await tab.page.evaluate(() =>
    [...document.querySelectorAll("[title], [aria-label]")]
      .map((element) => `${element.getAttribute("title")} ${element.getAttribute("aria-label")}`)
      .join(),
  );
  for (const hidden of ["\u202e", "\u001b", "\u0000"]) {
    expect(found.text).not.toContain(hidden);
    expect(described).not.toContain(hidden);
  }
  expect(tab.complaints).toEqual([]);
  await tab.close();
});
