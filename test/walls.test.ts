import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Import, importsOf, root, sourceFiles } from "./imports.ts";

/** Room → rooms it may import, out of the table in ARCHITECTURE.md. */
function wallTable(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const table = /\| room \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(text)?.[1] ?? "";
  const rows = table
    .trimEnd()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  return new Map(
    rows.map(([, room = "", , allowed = ""]) => [
      room,
      allowed === "-" ? [] : allowed.split(",").map((name) => name.trim()),
    ]),
  );
}

/** `src/index.ts` and `src/report.ts` are the front doors; other files directly in src are `base`. */
function roomOf(path: string): string {
  const parts = path.split("/");
  if (parts[0] !== "src") return parts[0] ?? "";
  if (path === "src/index.ts" || path === "src/report.ts") return "the front door";
  if (path === "src/train/index.ts") return "the training door";
  return parts.length === 2 ? "base" : (parts[1] ?? "");
}

/** Files that re-export and do nothing else; they reach into rooms. */
const DOORS: readonly string[] = ["the front door", "the training door"];

const walls = wallTable();
const sources = sourceFiles("src");
const imports = [...sources, ...sourceFiles("web")].flatMap(importsOf);

function show({ from, specifier }: Import): string {
  return `${from} imports ${specifier}`;
}

describe("import walls", () => {
  it("has a row in ARCHITECTURE.md for every room, and a room for every row", () => {
    const rooms = new Set([...sources.map(roomOf), "web"]);
    for (const door of DOORS) rooms.delete(door);
    expect([...walls.keys()].sort()).toEqual([...rooms].sort());
  });

  it("are kept by every relative import", () => {
    const broken = imports.filter(({ from, target }) => {
      if (target === null) return false;
      const [room, other] = [roomOf(from), roomOf(target)];
      return room !== other && !DOORS.includes(room) && !walls.get(room)?.includes(other);
    });
    expect(broken.map(show)).toEqual([]);
  });

  it("let only src/node use Node, and only web use a user interface library", () => {
    const packages: Readonly<Record<string, RegExp>> = {
      node: /^(node:|commander$|fflate$|nanotar$|valibot$)/,
      web: /^(kernelscope(:|$)|comlink$|preact|@preact\/|h5wasm)/,
      codec: /^fflate$/,
      export: /^fflate$/,
      train: /^(h5wasm$|fflate$|@jsquash\/jpeg\/)/,
      format: /^(h5wasm|comlink$|fflate$)/,
    };
    const broken = imports.filter(
      ({ from, target, specifier }) => target === null && packages[roomOf(from)]?.test(specifier) !== true,
    );
    expect(broken.map(show)).toEqual([]);
  });

  it.each(["src/index.ts", "src/train/index.ts"])(
    "are cheap at the door %s: heavy packages are only loaded when they are needed",
    (door) => {
      const reached = new Set<string>();
      const waiting = [door];
      for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
        if (reached.has(file)) continue;
        reached.add(file);
        const code = readFileSync(join(root, file), "utf8");
        for (const { target, specifier, typeOnly } of importsOf(file)) {
          const dynamic = code.includes(`import("${specifier}"`);
          if (typeOnly || dynamic) continue;
          expect(target, `${file} loads ${specifier} at once`).not.toBeNull();
          if (target !== null) waiting.push(target);
        }
      }
      expect(reached.size).toBeGreaterThan(20);
    },
  );

  it("hold no circles", () => {
    const graph = new Map<string, string[]>();
    for (const { from, target, typeOnly } of imports) {
      if (target !== null && !typeOnly) graph.set(from, [...(graph.get(from) ?? []), target]);
    }
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
        return;
      }
      if (done.has(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });
});
