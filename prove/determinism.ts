import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRunFolder, trainRun } from "kernelscope/node/train";
import { inBrowser } from "./browser/chromium.ts";
import type { Proof, ProofContext } from "./proof.ts";
import { hashOf } from "./train/hash.ts";
import { SMALL_SPEC, smallSettings } from "./train/small-run.ts";

const EPOCHS = 3;
const CHILD = fileURLToPath(new URL("train/child.js", import.meta.url));

export const determinism: Proof = {
  name: "determinism",
  promise:
    "The same seed gives the same bytes, run by run, in every process, in a browser and on any number of threads.",
  async run(context: ProofContext) {
    const { scratch, random, tally, amount } = context;
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
    await browsers(context);
  },
};

/** Compares what pages and their workers train with the files of a run's folder in Node. */
async function browsers({ scratch, random, tally, amount }: ProofContext): Promise<void> {
  const folder = join(scratch, "run");
  const runs = await Promise.all(
    Array.from({ length: amount(1, 10) }, async (_, i) => {
      const seed = random.below(2 ** 31);
      const run = await createRunFolder(`${folder}-${i}`, SMALL_SPEC, smallSettings(seed, EPOCHS));
      const { network } = await trainRun(run, { threads: 1 });
      network.close();
      const hash = (name: string): string =>
        createHash("sha256")
          .update(readFileSync(run.at(name)))
          .digest("hex");
      return {
        seed,
        checkpoint: hash(`checkpoints/epoch-000${EPOCHS}.safetensors`),
        model: hash("model.keras"),
      };
    }),
  );
  const there = await inBrowser(async ({ name, most, train }) => {
    for (const { seed, checkpoint, model } of runs) {
      for (const threads of [1, 2]) {
        const found = await train(seed, EPOCHS, threads);
        const what = `seed ${seed}, ${threads} threads in ${name}`;
        const expected = Math.min(threads, most);
        tally.check(found.threads === expected, () => `${what}: the engine had ${found.threads} threads`);
        tally.check(found.checkpoint === checkpoint, () => `${what}: another checkpoint than in Node`);
        tally.check(found.model === model, () => `${what}: another .keras than in Node`);
      }
      const other = await train(seed + 1, EPOCHS, 1);
      tally.check(
        other.checkpoint !== checkpoint,
        () => `${name}: seed ${seed + 1} gave the bytes of ${seed}`,
      );
    }
  });
  tally.note(
    there ? "four kinds of pages and workers in Chromium" : "there is no Chromium: no browser was tried",
  );
}
