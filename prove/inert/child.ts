import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { montage, readKernel, renderSvg } from "kernelscope";
import { fromFile } from "kernelscope/node";
import { outcomeText, readEverything } from "../observe.ts";

/** `child.js FOLDER`: opens, reads and draws every file of a folder and says what came of each. */
const folder = process.argv[2] ?? "";
for (const name of readdirSync(folder).sort()) {
  const path = join(folder, name);
  const outcome = await readEverything(
    () => fromFile(path),
    async (layer, hash) => {
      hash.update(renderSvg(montage(await readKernel(layer), { cell: 4, labels: true })));
    },
  );
  console.log(`${basename(path)}: ${outcomeText(outcome)}`);
}
