import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A proof prints this for its own name; the process ends with 1 when anything is broken. */
const RESULT = /^(\w+): (\d+) checked, (\d+) broken/m;

/** Proofs share the machine with all other tests. */
const PATIENCE = 600_000;

function run(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { cwd: root });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece) => {
      output += String(piece);
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

beforeAll(() => {
  const built = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "prove"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(built.stdout).toBe("");
  // The command is tested as it is shipped; `npm test` has bundled it already.
  if (!existsSync(new URL("../dist/node/bin/kernelscope.js", import.meta.url))) {
    expect(spawnSync(process.execPath, ["scripts/bundle-cli.mjs"], { cwd: root }).status).toBe(0);
  }
}, PATIENCE);

test.each([
  "values",
  "axes",
  "pixels",
  "ambiguous",
  "fuzz",
  "faults",
  "memory",
  "limits",
  "siblings",
  "inert",
  "text",
  "bitflip",
  "kill",
  "resume",
  "determinism",
])(
  "prove %s",
  async (name) => {
    const { code, output } = await run([".build/prove/main.js", name]);
    expect(output).not.toMatch(/^ {2}broken:/m);
    expect(RESULT.exec(output)?.slice(1)).toEqual([name, expect.stringMatching(/^[1-9]\d*$/), "0"]);
    expect(code).toBe(0);
  },
  PATIENCE,
);

test("lists every proof that is tested here, and no others", async () => {
  const { output } = await run([".build/prove/main.js"]);
  const listed = [...output.matchAll(/^(\w+) {2,}\S/gm)].map(([, name]) => name);
  expect(listed).toHaveLength(15);
});

test("a proof that does not exist is wrong usage", async () => {
  const { code, output } = await run([".build/prove/main.js", "perpetual-motion"]);
  expect(code).toBe(2);
  expect(output).toContain("perpetual-motion");
});
