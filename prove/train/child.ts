import fs, { existsSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import { createRunFolder, openRunFolder, trainRun } from "kernelscope/node/train";
import { SMALL_SPEC, smallSettings } from "./small-run.ts";

/**
 * `child.js FOLDER SEED EPOCHS MODE POINT`: begins or goes on with a run. MODE `before` and `after` kill this
 * process around file operation POINT (an open, write, sync, close or rename, counted from 0), `full` lets it and all
 * later writes fail as on a full disk, `none` does nothing. Writes `epoch N` after each checkpoint and `operations N`
 * at the end.
 */
const [folder = "", seed = "0", epochs = "0", mode = "none", point = "-1"] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
let count = 0;

/** Lets `operation` happen, or what MODE has in store for it. */
async function met<T>(name: string, operation: () => Promise<T>): Promise<T> {
  const at = count++;
  if (mode === "full" && at >= Number(point) && (name === "write" || name === "sync")) {
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  }
  if (at !== Number(point) || mode === "none" || mode === "full") return operation();
  if (mode === "after") await operation();
  process.kill(process.pid, "SIGKILL");
  // Nothing may happen between the signal and the end.
  return new Promise<T>(() => undefined);
}

const probe = await open(fileURLToPath(import.meta.url), "r");
const handles = Object.getPrototypeOf(probe) as Record<string, (...args: unknown[]) => Promise<unknown>>;
await probe.close();
for (const name of ["write", "sync"]) {
  const original = handles[name]!;
  handles[name] = function patched(...args) {
    return met(name, () => original.apply(this, args));
  };
}
const promises = fs.promises as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
for (const name of ["open", "rename"]) {
  const original = promises[name]!.bind(promises);
  promises[name] = (...args) => met(name, () => original(...args));
}
syncBuiltinESMExports();

const run = existsSync(`${folder}/run.json`)
  ? await openRunFolder(folder)
  : await createRunFolder(folder, SMALL_SPEC, smallSettings(Number(seed), Number(epochs)));
const { writeEpoch } = run;
const telling = {
  ...run,
  async writeEpoch(...args: Parameters<typeof writeEpoch>) {
    await writeEpoch(...args);
    say(`epoch ${args[1].epoch}`);
  },
};
const { network } = await trainRun(telling, { threads: 1 });
network.close();
say(`operations ${count}`);
