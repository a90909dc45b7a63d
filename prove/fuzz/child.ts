import { writeSync } from "node:fs";
import { sourceOf } from "../files.ts";
import type { ModelFiles } from "../models/random-model.ts";
import { type Outcome, outcomeText, readEverything } from "../observe.ts";
import { createRandom } from "../random.ts";
import { drawLayer } from "./draw.ts";
import { type FuzzFormat, fuzzFormats } from "./formats.ts";

/**
 * `child.js FORMAT SEED FROM TO EVERY`: opens, reads and draws fuzzed files FROM … TO - 1, even ones with changed
 * bytes, odd ones with another structure. Writes `start N`, then `end N MILLISECONDS OUTCOME`, and what is wrong. The
 * time is the processor's, of all threads: other work on the machine does not count.
 * EVERY: how often the same bytes are tried twice and the good file is opened again.
 */
const [name = "", seed = "", from = "0", to = "0", every = "1"] = process.argv.slice(2);
const format = fuzzFormats.find((candidate) => candidate.name === name);
if (format === undefined) throw new RangeError(`No such format: ${name}`);

const say = (line: string): void => void writeSync(1, `${line.replaceAll("\n", "\\n")}\n`);
process.on("unhandledRejection", (reason) =>
  say(`wrong unhandled rejection: ${reason instanceof Error ? reason.stack : reason}`),
);
process.on("uncaughtException", (error) => say(`wrong uncaught exception: ${error.stack}`));

// Of thousands of layers it is the listing that must be quick.
const draw = format.count === undefined ? drawLayer : async (): Promise<void> => {};
const read = (files: ModelFiles): Promise<Outcome> => readEverything(sourceOf(files), draw);
const filesOf = ({ mutated, structural }: FuzzFormat, index: number): ModelFiles => {
  const random = createRandom(`${name}/${seed}/${index}`);
  return index % 2 === 0 ? mutated(random, index) : structural(random, index);
};

const good = outcomeText(await read(format.good));
if (!good.startsWith("model ")) say(`wrong good file: ${good}`);
for (let index = Number(from); index < Number(to); index++) {
  say(`start ${index}`);
  const files = filesOf(format, index);
  const start = process.cpuUsage();
  const outcome = await read(files);
  const { user, system } = process.cpuUsage(start);
  say(`end ${index} ${Math.round((user + system) / 1000)} ${outcomeText(outcome)}`);
  if (index % Number(every) !== 0) continue;
  const again = await read(files);
  const stopped = [outcome, again].some((one) => one.kind === "refused" && one.code === "deadline");
  if (!stopped && outcomeText(again) !== outcomeText(outcome)) {
    say(`wrong second time ${index}: ${outcomeText(outcome)}, then ${outcomeText(again)}`);
  }
  let then = outcomeText(await read(format.good));
  // libhdf5 on a machine that does ten other things can be late once.
  if (then === "refused deadline") then = outcomeText(await read(format.good));
  if (then !== good) say(`wrong good file after ${index}: ${then} instead of ${good}`);
}
say("done");
