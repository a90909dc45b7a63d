import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fixture, giveFiles, painted, startChromium } from "./browser.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let server: ChildProcess;
let address: string;

beforeAll(async () => {
  server = spawn(process.execPath, ["scripts/dev.mjs", "--port=5390"], {
    cwd: ROOT,
    // Where CI is set, Vite colours its text into a pipe too.
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  address = await new Promise<string>((resolve, reject) => {
    let said = "";
    const listen = (text: Buffer): void => {
      said += text;
      const found = /http:\/\/localhost:\d+\//.exec(said);
      if (found !== null) resolve(found[0]);
    };
    server.stdout?.on("data", listen);
    server.stderr?.on("data", listen);
    server.once("exit", () => reject(new Error(`the server ended: ${said}`)));
  });
});
afterAll(async () => {
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await ended;
});

test("the development server serves the page under the same policy, and it reads HDF5 too", async () => {
  const { scripts } = JSON.parse(await readFile(`${ROOT}/package.json`, "utf8"));
  expect(scripts.dev).toBe("node scripts/dev.mjs");
  const browser = await startChromium();
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  const answer = await page.goto(address);
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("trusted-types default");
  await page.getByRole("button", { name: "Choose files…" }).waitFor();
  await giveFiles(page, fixture("keras/keras212-kinds-3d.h5"));
  await painted(page);
  expect(complaints).toEqual([]);
  await browser.close();
});
