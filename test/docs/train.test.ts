import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../imports.ts";
import { kernelscope, temporaryFolder } from "../node/cli/run.ts";

const folder = temporaryFolder();
const { path: cwd, at } = folder;
afterAll(() => folder.remove());

const text = readFileSync(join(root, "docs/train.md"), "utf8");
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1]!);

/** The package's doors where the build put them, as the code is run outside of the package. */
function withDoors(code: string): string {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, { default: string }>;
  };
  return code.replaceAll(/"kernelscope((?:\/\w+)*)"/g, (_, door = "") =>
    JSON.stringify(pathToFileURL(join(root, exports[`.${door}`]!.default)).href),
  );
}

describe("docs/train.md", () => {
  it("has commands that work", async () => {
    const commands = blocks("sh").join("").trim().split("\n");
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) {
      const [name, ...args] = command.split(" ");
      expect(name).toBe("kernelscope");
      const { code, err } = await kernelscope(args, { cwd });
      expect(code, `${command}: ${err}`).toBe(0);
    }
    for (const file of ["after.png", "before.png", "run/model.keras"])
      expect(existsSync(at(file)), file).toBe(true);
  });

  it("has code that works, all of it together", async () => {
    const script = folder.write("tutorial.mjs", withDoors(blocks("js").join("\n")));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd });
    expect(stdout).toContain("motion (Conv3D)");
    expect(stdout).toContain("\n844\n");
    for (const file of ["motion.keras", "motion.png", "best-01.keras"])
      expect(existsSync(at(file)), file).toBe(true);
  });

  it("names the files of a run as they are", () => {
    for (const [, name] of text.matchAll(/^\| `([\w./-]+)`/gm)) {
      if (name!.includes(".") && !name!.includes("npz"))
        expect(existsSync(at(join("run", name!))), name).toBe(true);
    }
  });
});
