import { readdirSync } from "node:fs";
import { afterAll, expect, it, vi } from "vitest";
import { takeLock } from "../../src/node/lock.ts";
import { temporaryFolder } from "./cli/run.ts";

// A file system without second names for files, such as exFAT's.
vi.mock("node:fs/promises", async (original) => ({
  ...(await original<typeof import("node:fs/promises")>()),
  link: () => Promise.reject(Object.assign(new Error("EPERM"), { code: "EPERM" })),
}));

const folder = temporaryFolder();
afterAll(() => folder.remove());

it("a lock works where files cannot have second names", async () => {
  const take = () => takeLock(folder.path, folder.at("run"), "It is being used");
  const lock = await take();
  expect(readdirSync(folder.path)).toEqual([".run.lock-1"]);
  await expect(take()).rejects.toThrow(`by process ${process.pid}, since`);
  lock.release();
  expect(readdirSync(folder.path)).toEqual([]);
  (await take()).release();
});
