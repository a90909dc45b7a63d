import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromFile } from "kernelscope/node";
import { createRunFolder, openRunFolder, type RunFolder, trainRun } from "kernelscope/node/train";
import { encodeCheckpoint, networkFromJson, readCheckpoint } from "kernelscope/train";
import type { Proof, ProofContext } from "./proof.ts";
import { hashOf, SMALL_SPEC, smallSettings } from "./train/small-run.ts";

const EPOCHS = 6;

async function finish(folder: RunFolder): Promise<void> {
  const { network } = await trainRun(folder, { threads: 1 });
  network.close();
}

/** Begins a run and stops it after `epoch` epochs. */
async function begin(path: string, seed: number, epoch: number): Promise<void> {
  rmSync(path, { recursive: true, force: true });
  const stop = new AbortController();
  const folder = await createRunFolder(path, SMALL_SPEC, smallSettings(seed, EPOCHS));
  const { network } = await trainRun(folder, {
    threads: 1,
    lastEpoch: stop.signal,
    callbacks: [{ onEpochEnd: (done) => void (done + 1 === epoch && stop.abort()) }],
  });
  network.close();
}

const last = (path: string, epoch: number): string =>
  join(path, `checkpoints/epoch-${String(epoch).padStart(4, "0")}.safetensors`);

/** The checkpoint of `epoch` without what the optimizer remembered. */
async function forgetOptimizer(path: string, epoch: number): Promise<void> {
  const network = networkFromJson(SMALL_SPEC);
  const source = await fromFile(last(path, epoch));
  const { weights, state } = await readCheckpoint(network, source);
  await source.close?.();
  const slots = new Map([...state.slots].map(([name, values]) => [name, new Float32Array(values.length)]));
  writeFileSync(last(path, epoch), encodeCheckpoint(network, { epoch, weights, state: { ...state, slots } }));
}

/** Lets the run go on with the order and the dropout of another seed. */
function forgetRandom(path: string, seed: number): void {
  writeFileSync(join(path, "run.json"), JSON.stringify(smallSettings(seed + 1000, EPOCHS)));
}

export const resume: Proof = {
  name: "resume",
  promise: "A run that was stopped and goes on ends with the same bytes as one that never stopped.",
  async run({ scratch, random, tally, amount }: ProofContext) {
    const path = join(scratch, "run");
    const straight = join(scratch, "straight");
    for (let i = 0; i < amount(3, 20); i++) {
      const seed = random.below(2 ** 31);
      rmSync(straight, { recursive: true, force: true });
      await finish(await createRunFolder(straight, SMALL_SPEC, smallSettings(seed, EPOCHS)));
      const expected = hashOf(straight);
      for (let epoch = 1; epoch < EPOCHS; epoch++) {
        await begin(path, seed, epoch);
        await finish(await openRunFolder(path));
        tally.check(
          hashOf(path) === expected,
          () => `seed ${seed}, stopped after epoch ${epoch}: other bytes`,
        );
      }
      // Without what a checkpoint keeps it must end otherwise, or the comparison would see nothing.
      const settings = ["run.json", "model.keras"];
      const model = hashOf(straight, ["run.json"]);
      await begin(path, seed, 2);
      forgetRandom(path, seed);
      await finish(await openRunFolder(path));
      tally.check(
        hashOf(path, ["run.json"]) !== model,
        () => `seed ${seed}: the random state made no difference`,
      );
      await begin(path, seed, 2);
      await forgetOptimizer(path, 2);
      await finish(await openRunFolder(path));
      const tail = (folder: string): string =>
        hashOf(folder, [...settings, "checkpoints/epoch-0002.safetensors"]);
      tally.check(
        tail(path) !== tail(straight),
        () => `seed ${seed}: the optimizer's state made no difference`,
      );
    }
  },
};
