import { readFileSync } from "node:fs";
import { readKernel } from "kernelscope";
import { fromFile } from "kernelscope/node";
import { outcomeText, readEverything, withModel } from "../observe.ts";

/**
 * `child.js idle | catalogue EVERY | read FILE [list]`: does that and says how much memory the process has had at most, in
 * kB (VmHWM of Linux): before the first file of the catalogue and after each, after listing and after one kernel.
 */
const [task = "idle", argument = "", only = ""] = process.argv.slice(2);

function say(what: string): void {
  globalThis.gc?.();
  const kB = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  console.log(`${kB} ${what}`);
}

if (task === "catalogue") {
  const { catalogue } = await import("../catalogue/catalogue.ts");
  const { sourceOf } = await import("../files.ts");
  say("idle");
  for (const [at, one] of catalogue.entries()) {
    if (at % Number(argument) !== 0) continue;
    say(`${one.main}: ${one.name}: ${outcomeText(await readEverything(sourceOf(one)))}`);
  }
} else if (task === "read") {
  await withModel(await fromFile(argument), async (model) => {
    say(`${model.layers.length} layers, ${model.tensors.length} tensors`);
    const layer = model.layers.at(-1);
    if (layer !== undefined && only !== "list") say(`${(await readKernel(layer)).weights.length} weights`);
  });
} else say("idle");
