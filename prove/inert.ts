import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "./child.ts";
import { payloads } from "./inert/payloads.ts";
import type { Proof, ProofContext, Tally } from "./proof.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Dynamic code that is not the file's: the first module of a worker in Node loads the module that `nodeSpawn`
 * names, which is a constant of this package.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  "import(__rewriteRelativeImportExtension(String(workerData)))",
]);

/** Ways to run text, or to load what a variable names. */
const DYNAMIC = /\b(?:eval|(?:new\s+)?Function)\s*\((?!\s*\))[^)]*\)?|\bimport\s*\(\s*(?!["'`])[^)]*\)+/g;

/** One case per file of our own code that is shipped. */
function checkOwnCode(tally: Tally): void {
  const dist = join(ROOT, "dist");
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    // Bundles hold libraries too; what is ours in them stands in the modules.
    if (
      !name.endsWith(".js") ||
      name.startsWith("web/") ||
      name.startsWith("node/bin/") ||
      name.startsWith(".")
    )
      continue;
    const text = readFileSync(join(dist, name), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    const found = [...text.matchAll(DYNAMIC)].map(([match]) => match).filter((match) => !ALLOWED.has(match));
    tally.check(found.length === 0, () => `dist/${name} runs what it is given: ${found.join(" ")}`);
  }
}

/** Runs the child over a folder; its lines, and what strace saw of it when there is one. */
async function watch(folder: string, log: string | null): Promise<{ lines: string[]; trace: string[] }> {
  const lines: string[] = [];
  const under =
    log === null
      ? []
      : ["strace", "-f", "-qq", "-e", "trace=execve,connect,open,openat,creat,unlink,rename", "-o", log];
  const end = await runChild("./inert/child.js", [folder], {
    silence: 60_000,
    onLine: (line) => lines.push(line),
    under,
  });
  if (end.code !== 0) lines.push(`ended with ${end.signal ?? end.code}: ${end.errors}`);
  const trace = log === null ? [] : readFileSync(log, "utf8").split("\n");
  return { lines, trace };
}

/** Paths that calls of a trace name, as they stand there. */
function pathsOf(trace: readonly string[], call: RegExp): readonly string[] {
  return trace
    .filter((line) => call.test(line))
    .flatMap((line) => /"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? []);
}

/** The C library counts processors when a thread first waits for memory: no file makes it. */
const SYSTEM: ReadonlySet<string> = new Set(["/sys/devices/system/cpu/online"]);

/** Whether opening `path` needs no reason: the system's, Node's, this package's or the model's own files. */
function isExpected(path: string, folder: string, before: ReadonlySet<string>): boolean {
  if (before.has(path) || SYSTEM.has(path)) return true;
  const inside = (root: string): boolean => !relative(root, path).startsWith("..");
  return (
    inside(folder) ||
    ["dist", ".prove", "node_modules"].some((part) => inside(join(realpathSync(ROOT), part)))
  );
}

export const inert: Proof = {
  name: "inert",
  promise:
    "Nothing from a file runs, is imported, opened or fetched: only the file and the siblings it names are read.",
  async run({ scratch, tally }: ProofContext) {
    checkOwnCode(tally);
    const canary = join(scratch, "canary");
    writeFileSync(canary, "do not touch");
    const [harmless, hostile] = [join(scratch, "harmless"), join(scratch, "hostile")];
    for (const place of [harmless, hostile]) mkdirSync(place);
    const files = payloads(canary);
    for (const [name, bytes] of files) writeFileSync(join(hostile, name), bytes);
    writeFileSync(join(harmless, "good.weights.h5"), files.get("good.weights.h5")!);
    const traced =
      spawnSync("strace", ["-f", "-o", join(scratch, "try.log"), process.execPath, "-e", "0"]).status === 0;
    const base = await watch(harmless, traced ? join(scratch, "harmless.log") : null);
    const { lines, trace } = await watch(hostile, traced ? join(scratch, "hostile.log") : null);
    for (const name of files.keys()) {
      const line = lines.find((text) => text.startsWith(`${name}: `));
      tally.check(
        line !== undefined && !line.includes(": crash"),
        () => line ?? `${name} was not reached: ${lines.at(-1)}`,
      );
    }
    tally.check(!existsSync(`${canary}.ran`), () => "a command of a file has run");
    tally.check(readFileSync(canary, "utf8") === "do not touch", () => "the canary was changed");
    if (!traced)
      return tally.note("strace does not work here: processes, connections and opened files were not traced");
    const started = pathsOf(trace, /\bexecve\(/);
    tally.check(started.length === 1, () => `processes were started: ${started}`);
    const connected = trace.filter((line) => /\bconnect\(/.test(line));
    tally.check(connected.length === 0, () => `connections were made: ${connected[0]}`);
    const before = new Set(pathsOf(base.trace, /\bopen(at)?\(/));
    const opened = pathsOf(trace, /\b(open(at)?|creat|unlink|rename)\(/);
    for (const path of new Set(opened)) {
      tally.check(isExpected(path, hostile, before), () => `${path} was opened`);
    }
    tally.note(`${files.size} files, ${opened.length} opens traced`);
  },
};
