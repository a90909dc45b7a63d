import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./imports.ts";

function readJson(path: string): Record<string, Record<string, unknown>> {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** Names that a door gives, types too, one a line. */
function namesOf(door: string): readonly string[] {
  const code = readFileSync(join(root, door), "utf8");
  const names: string[] = [];
  for (const [, kind, list = ""] of code.matchAll(/export\s+(type\s+)?\{([^}]*)\}/g)) {
    for (const entry of list
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "")) {
      const isType = kind !== undefined || entry.startsWith("type ");
      names.push(`${isType ? "type " : ""}${entry.replace(/^type /, "").replace(/^.* as /, "")}`);
    }
  }
  return names.sort();
}

describe("the package", () => {
  it.each([
    ["front-door", "src/index.ts"],
    ["report-door", "src/report.ts"],
    ["node-door", "src/node/index.ts"],
    ["node-train-door", "src/node/train/index.ts"],
    ["train-door", "src/train/index.ts"],
  ])("gives the names in test/golden/%s.txt and no others", async (golden, door) => {
    await expect(`${namesOf(door).join("\n")}\n`).toMatchFileSnapshot(`golden/${golden}.txt`);
  });

  it("has doors that are plain lists", () => {
    for (const door of [
      "src/index.ts",
      "src/report.ts",
      "src/node/index.ts",
      "src/node/train/index.ts",
      "src/train/index.ts",
    ]) {
      const code = readFileSync(join(root, door), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
      const rest = code.replace(/export\s+(type\s+)?(\{[^}]*\}|\*)\s*from\s*"[^"]+";/g, "");
      expect(rest.trim(), door).toBe("");
    }
  });

  it("has few dependencies, each on purpose and pinned", () => {
    const { dependencies = {}, devDependencies = {} } = readJson("package.json");
    expect(Object.keys(dependencies)).toEqual([
      "@jsquash/jpeg",
      "comlink",
      "commander",
      "fflate",
      "h5wasm",
      "nanotar",
      "valibot",
    ]);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it("names every dependency with its reason in ARCHITECTURE.md", () => {
    const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
    for (const name of Object.keys(readJson("package.json").dependencies ?? {}))
      expect(text).toContain(`\`${name}\``);
  });

  it("runs no scripts of others at installation, and checks what it installs", () => {
    const { packages = {} } = readJson("package-lock.json");
    for (const [path, entry] of Object.entries(packages as Record<string, Record<string, unknown>>)) {
      if (path === "") continue;
      expect(entry.integrity, path).toMatch(/^sha512-/);
      if (entry.dev !== true) expect(entry.hasInstallScript, path).toBeUndefined();
    }
    expect(readFileSync(join(root, ".npmrc"), "utf8")).toContain("ignore-scripts=true");
  });

  it("tells nobody where it was made", () => {
    const lock = readFileSync(join(root, "package-lock.json"), "utf8");
    expect(lock).not.toMatch(
      /https?:\/\/(?!(www\.)?(github\.com|opencollective\.com|tidelift\.com|patreon\.com|paypal\.me))[^"]*\.(tgz|tar\.gz)/,
    );
  });
});
