import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRunFolder, trainRun } from "kernelscope/node/train";
import type { Proof, ProofContext } from "./proof.ts";
import { hashOf, SMALL_SPEC, smallSettings } from "./train/small-run.ts";

const EPOCHS = 3;
const CHILD = fileURLToPath(new URL("train/child.js", import.meta.url));

export const determinism: Proof = {
  name: "determinism",
  promise: "The same seed gives the same bytes, run by run, in every process and on any number of threads.",
  async run({ scratch, random, tally, amount }: ProofContext) {
    const folder = join(scratch, "run");
    for (let i = 0; i < amount(2, 10); i++) {
      const seed = random.below(2 ** 31);
      const hashes = new Map<string, string>();
      for (const threads of [1, 1, 2, 3]) {
        rmSync(folder, { recursive: true, force: true });
        const run = await createRunFolder(folder, SMALL_SPEC, smallSettings(seed, EPOCHS));
        const { network } = await trainRun(run, { threads });
        network.close();
        hashes.set(`${threads} threads (${hashes.size})`, hashOf(folder));
      }
      for (const zone of ["UTC", "Asia/Tokyo"]) {
        rmSync(folder, { recursive: true, force: true });
        spawnSync(process.execPath, [CHILD, folder, String(seed), String(EPOCHS)], {
          env: { ...process.env, TZ: zone },
          stdio: "ignore",
        });
        hashes.set(`a process in ${zone}`, hashOf(folder));
      }
      const settings = ["run.json"];
      const learned = hashOf(folder, settings);
      const [first] = hashes.values();
      for (const [how, hash] of hashes)
        tally.check(hash === first, () => `seed ${seed}: ${how} gave other bytes`);
      rmSync(folder, { recursive: true, force: true });
      const { network } = await trainRun(
        await createRunFolder(folder, SMALL_SPEC, smallSettings(seed + 1, EPOCHS)),
        {
          threads: 1,
        },
      );
      network.close();
      tally.check(hashOf(folder, settings) !== learned, () => `seed ${seed + 1} gave the bytes of ${seed}`);
    }
  },
};
