import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromFile } from "kernelscope/node";
import {
  createRunFolder,
  openRunFolder,
  type RunFolder,
  type RunSettings,
  trainRun,
} from "kernelscope/node/train";
import { type Checkpoint, encodeCheckpoint, networkFromJson, readCheckpoint } from "kernelscope/train";
import type { Proof, ProofContext } from "./proof.ts";
import { filesBelow, hashOf } from "./train/hash.ts";
import { SMALL_SPEC, smallSettings, WATCHED } from "./train/small-run.ts";

const EPOCHS = 6;
const WATCHED_EPOCHS = 12;

async function finish(folder: RunFolder): Promise<void> {
  const { network } = await trainRun(folder, { threads: 1 });
  network.close();
}

/** Begins a run and stops it after `epoch` epochs. */
async function begin(path: string, settings: RunSettings, epoch: number): Promise<void> {
  rmSync(path, { recursive: true, force: true });
  const stop = new AbortController();
  const folder = await createRunFolder(path, SMALL_SPEC, settings);
  const { network } = await trainRun(folder, {
    threads: 1,
    lastEpoch: stop.signal,
    callbacks: [{ onEpochEnd: (done) => void (done + 1 === epoch && stop.abort()) }],
  });
  network.close();
}

const last = (path: string, epoch: number): string =>
  join(path, `checkpoints/epoch-${String(epoch).padStart(4, "0")}.safetensors`);

async function checkpointOf(path: string, epoch: number): Promise<Checkpoint> {
  const source = await fromFile(last(path, epoch));
  try {
    return await readCheckpoint(networkFromJson(SMALL_SPEC), source);
  } finally {
    await source.close?.();
  }
}

/** Changes the checkpoint of `epoch`. */
async function rewrite(
  path: string,
  epoch: number,
  change: (checkpoint: Checkpoint) => Checkpoint,
): Promise<void> {
  const changed = change(await checkpointOf(path, epoch));
  writeFileSync(last(path, epoch), encodeCheckpoint(networkFromJson(SMALL_SPEC), changed));
}

/** The checkpoint without what the optimizer remembered. */
function withoutOptimizer({ state, ...rest }: Checkpoint): Checkpoint {
  const slots = new Map([...state.slots].map(([name, values]) => [name, new Float32Array(values.length)]));
  return { ...rest, state: { ...state, slots } };
}

/** The checkpoint without what early stopping and the plateau remembered. */
function withoutCallbacks(checkpoint: Checkpoint): Checkpoint {
  return { ...checkpoint, callbacks: new Map() };
}

/** Lets the run go on with the order and the dropout of another seed. */
function forgetRandom(path: string, seed: number): void {
  writeFileSync(join(path, "run.json"), JSON.stringify(smallSettings(seed + 1000, EPOCHS)));
}

export const resume: Proof = {
  name: "resume",
  promise: "A run that was stopped and goes on ends with the same bytes as one that never stopped.",
  async run(context: ProofContext) {
    const { scratch, random, tally, amount } = context;
    const path = join(scratch, "run");
    const straight = join(scratch, "straight");
    for (let i = 0; i < amount(3, 20); i++) {
      const seed = random.below(2 ** 31);
      rmSync(straight, { recursive: true, force: true });
      await finish(await createRunFolder(straight, SMALL_SPEC, smallSettings(seed, EPOCHS)));
      const expected = hashOf(straight);
      for (let epoch = 1; epoch < EPOCHS; epoch++) {
        await begin(path, smallSettings(seed, EPOCHS), epoch);
        await finish(await openRunFolder(path));
        tally.check(
          hashOf(path) === expected,
          () => `seed ${seed}, stopped after epoch ${epoch}: other bytes`,
        );
      }
      // Without what a checkpoint keeps it must end otherwise, or the comparison would see nothing.
      const settings = ["run.json", "model.keras"];
      const model = hashOf(straight, ["run.json"]);
      await begin(path, smallSettings(seed, EPOCHS), 2);
      forgetRandom(path, seed);
      await finish(await openRunFolder(path));
      tally.check(
        hashOf(path, ["run.json"]) !== model,
        () => `seed ${seed}: the random state made no difference`,
      );
      await begin(path, smallSettings(seed, EPOCHS), 2);
      await rewrite(path, 2, withoutOptimizer);
      await finish(await openRunFolder(path));
      const tail = (folder: string): string =>
        hashOf(folder, [...settings, "checkpoints/epoch-0002.safetensors"]);
      tally.check(
        tail(path) !== tail(straight),
        () => `seed ${seed}: the optimizer's state made no difference`,
      );
    }
    await watched(context);
  },
};

/** Runs that end early or lower their rate, stopped after each of their epochs. */
async function watched({ scratch, random, tally, amount, size }: ProofContext): Promise<void> {
  const [path, straight] = [join(scratch, "run"), join(scratch, "straight")];
  let [ended, controls] = [0, 0];
  for (let i = 0; i < amount(2, 20); i++) {
    const seed = random.below(2 ** 31);
    const settings: RunSettings = { ...smallSettings(seed, WATCHED_EPOCHS), ...WATCHED };
    rmSync(straight, { recursive: true, force: true });
    await finish(await createRunFolder(straight, SMALL_SPEC, settings));
    const expected = hashOf(straight);
    const epochs = filesBelow(straight).filter((name) => name.startsWith("checkpoints/")).length;
    if (epochs < WATCHED_EPOCHS) ended++;
    const some = [1, Math.ceil(epochs / 2), epochs];
    const all = Array.from({ length: epochs }, (_, epoch) => epoch + 1);
    for (const epoch of size === "ci" ? some : all) {
      await begin(path, settings, epoch);
      // After the last epoch the process ends before the model is written.
      rmSync(join(path, "model.keras"), { force: true });
      await finish(await openRunFolder(path));
      tally.check(
        hashOf(path) === expected,
        () => `watched, seed ${seed}, stopped after epoch ${epoch}: other bytes`,
      );
    }
    // Where the next epoch is no improvement, going on without what was remembered must be seen.
    for (let epoch = 1, most = amount(1, epochs); epoch < epochs && most > 0; epoch++) {
      const next = await checkpointOf(straight, epoch + 1);
      if (next.callbacks?.get("earlyStopping")?.numbers.wait === 0) continue;
      controls++;
      most--;
      await begin(path, settings, epoch);
      await rewrite(path, epoch, withoutCallbacks);
      await finish(await openRunFolder(path));
      const except = [`checkpoints/epoch-${String(epoch).padStart(4, "0")}.safetensors`];
      tally.check(
        hashOf(path, except) !== hashOf(straight, except),
        () => `seed ${seed}, epoch ${epoch}: what the callbacks remember made no difference`,
      );
    }
  }
  tally.note(`${ended} runs ended early; ${controls} went on without what their callbacks remembered`);
  tally.check(ended > 0 && controls > 0, () => "no run ended early, or none could be compared");
}
