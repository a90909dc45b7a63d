import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../imports.ts";
import { temporaryFolder } from "../node/cli/run.ts";

const folder = temporaryFolder();
const { path: cwd, at } = folder;
afterAll(() => folder.remove());

async function example(
  name: string,
  ...args: string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return promisify(execFile)(process.execPath, [join(root, "examples", name), ...args], { cwd });
}

describe("examples", () => {
  it("are all tried here", () => {
    const scripts = readdirSync(join(root, "examples")).filter((name) => /\.m?[jt]s$/.test(name));
    expect(scripts).toEqual(["draw-an-array.mjs", "export-kernel.mjs", "list-layers.mjs", "seven-verbs.mjs"]);
  });

  it("seven-verbs.mjs draws the seed's last layer", async () => {
    const { stdout } = await example("seven-verbs.mjs", join(root, "examples/seed.keras"), "conv3d_12");
    expect(stdout).toMatch(/^conv3d_12: 24 slices in \d+ x \d+ pixels\n$/);
    expect(readFileSync(at("conv3d_12.png")).subarray(1, 4).toString()).toBe("PNG");
    expect(readFileSync(at("conv3d_12.svg"), "utf8")).toContain("<svg ");
  });

  it("list-layers.mjs lists the seed, and says in a sentence what is wrong with a file", async () => {
    const { stdout } = await example("list-layers.mjs");
    expect(stdout.split("\n")).toEqual([
      "#0 conv3d_10: conv, 2 filters of 1 x 3 x 3 x 3 (told by config)",
      "#1 conv3d_11: conv, 4 filters of 2 x 3 x 3 x 3 (told by config)",
      "#2 conv3d_12: conv, 2 filters of 4 x 3 x 3 x 3 (told by config)",
      "",
    ]);
    await expect(example("list-layers.mjs", "nowhere.h5")).rejects.toMatchObject({
      code: 1,
      stderr: "nowhere.h5: There is no such file or folder. (not-found)\n",
    });
  });

  it("export-kernel.mjs writes an array", async () => {
    const { stdout } = await example("export-kernel.mjs");
    expect(stdout).toMatch(
      /^kernel\.npy: 2 x 1 x 3 x 3 x 3; filter [01] is the strongest \(norm \d\.\d{4}\)\n$/,
    );
    expect(readFileSync(at("kernel.npy")).length).toBe(128 + 4 * 54);
  });

  it("draw-an-array.mjs draws without any file", async () => {
    const { stdout } = await example("draw-an-array.mjs");
    expect(stdout).toMatch(/^gabor\.svg: \d+ x \d+ pixels\n$/);
    expect(readFileSync(at("gabor.svg"), "utf8")).toContain("gabor");
  });
});
