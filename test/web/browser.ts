import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { type StaticServer, serveFolder } from "./static-server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Vite's command. */
export const VITE = join(ROOT, "node_modules/vite/bin/vite.js");

/** Where a Chromium may be; a variable wins. */
const CANDIDATES = [
  process.env.KERNELSCOPE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The built page on a plain host, and a browser to look at it with. */
export interface Site {
  readonly server: StaticServer;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** A tab with the page in it, and everything that went wrong there. */
export interface Tab {
  readonly page: Page;
  /** Console errors and warnings, uncaught errors, violations of the content security policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Builds the page into a folder of its own, serves it without any header of use, and starts Chromium. */
export async function openSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "kernelscope-web-"));
  // In a process of its own: this one is in test mode, which Vite would take for development.
  await promisify(execFile)(
    process.execPath,
    [VITE, "build", "web", "--outDir", folder, "--logLevel", "warn"],
    {
      cwd: ROOT,
      env: { ...process.env, NODE_ENV: "production" },
    },
  );
  const server = await serveFolder(folder);
  const browser = await startChromium();
  return {
    server,
    browser,
    async close() {
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts Chromium without a window; `flags` are added to its command line. */
export async function startChromium(...flags: readonly string[]): Promise<Browser> {
  const executablePath = CANDIDATES.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) {
    throw new Error(
      "The tests of the page need Chromium: `apt install chromium`, or set KERNELSCOPE_CHROMIUM to the path of one.",
    );
  }
  return chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", ...flags],
  });
}

/** Opens the page in a fresh profile. */
export async function openTab(
  site: Pick<Site, "browser" | "server">,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await site.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} blocked ${event.blockedURI}`);
    });
  });
  await page.goto(site.server.address);
  return { page, complaints, close: () => context.close() };
}

/** Absolute path of a file among the fixtures. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** Gives files to the page, as a user's choice in the dialog would. */
export async function giveFiles(page: Page, ...paths: readonly string[]): Promise<void> {
  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles([...paths]);
}

/** Waits until every pixel of the picture that is shown is there. */
export async function painted(page: Page): Promise<void> {
  await page.locator("main[aria-busy=false] canvas.picture[data-painted]").waitFor();
}

/** The rows of the layer list. */
export function layerRows(page: Page): Locator {
  return page.getByRole("listbox", { name: "Layers" }).getByRole("option");
}
