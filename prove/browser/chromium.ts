import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { type ProofServer, serveBuild } from "./serve.ts";
import type { SmallResult } from "./train-small.ts";

/** Where a Chromium may be; a variable wins. */
const CANDIDATES = [
  process.env.KERNELSCOPE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A page or worker in which the small run can be trained. */
export interface BrowserHost {
  readonly name: string;
  /** Threads that it should have when two are asked for. */
  readonly most: number;
  train(seed: number, epochs: number, threads: number): Promise<SmallResult>;
}

/** Calls `use` with every kind of page there is; false where there is no Chromium. */
export async function inBrowser(use: (host: BrowserHost) => Promise<void>): Promise<boolean> {
  const executablePath = CANDIDATES.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) return false;
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath, args });
  try {
    for (const isolated of [true, false]) {
      const server = await serveBuild(isolated);
      try {
        for (const inWorker of [false, true]) await use(await hostOf(browser, server, isolated, inWorker));
      } finally {
        await server.close();
      }
    }
  } finally {
    await browser.close();
  }
  return true;
}

async function hostOf(
  browser: Browser,
  server: ProofServer,
  isolated: boolean,
  inWorker: boolean,
): Promise<BrowserHost> {
  const page = await browser.newPage();
  await page.goto(server.address);
  return {
    name: `${inWorker ? "a worker of " : ""}a page that is ${isolated ? "" : "not "}cross-origin isolated`,
    most: isolated ? 2 : 1,
    async train(...run) {
      // As text: these proofs are compiled without the DOM's types.
      const call = inWorker
        ? `(${IN_WORKER})(${JSON.stringify(run)})`
        : `(${IN_PAGE})(${JSON.stringify(run)})`;
      const result = (await page.evaluate(call)) as SmallResult | string;
      if (typeof result === "string") throw new Error(result);
      return result;
    },
  };
}

const IN_PAGE = `async (run) => {
  const { trainSmall } = await import("/.build/prove/browser/train-small.js");
  return trainSmall(...run);
}`;

const IN_WORKER = `(run) => new Promise((resolve) => {
  const worker = new Worker("/.build/prove/browser/worker.js", { type: "module" });
  worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
  worker.onerror = (event) => resolve("the worker failed: " + event.message);
  worker.postMessage(run);
})`;
