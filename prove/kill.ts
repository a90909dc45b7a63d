import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fromFile, open, readKernel } from "kernelscope/node";
import { createRunFolder, openRunFolder, trainRun } from "kernelscope/node/train";
import { networkFromJson, readCheckpoint } from "kernelscope/train";
import type { Proof, ProofContext } from "./proof.ts";
import { filesBelow, hashOf } from "./train/hash.ts";
import { SMALL_SPEC, smallSettings } from "./train/small-run.ts";

const EPOCHS = 4;
const SEED = 11;
const CHILD = fileURLToPath(new URL("train/child.js", import.meta.url));

/** A file that is not complete yet. */
const isUnfinished = (name: string): boolean => /(^|\/)\.[^/]+\.tmp$/.test(name);

/** What a process that trains holds, and one that was killed leaves. */
const isLock = (name: string): boolean => /^\.run\.lock-\d+$/.test(name);

interface End {
  /** Epochs whose checkpoints the child said were written. */
  readonly epochs: number;
  readonly operations: number;
  readonly signal: string | null;
  readonly code: number | null;
  readonly errors: string;
}

/** Runs a training process until it ends, or kills it after `milliseconds`. */
async function runChild(folder: string, mode: string, point: number, milliseconds?: number): Promise<End> {
  const args = [CHILD, folder, String(SEED), String(EPOCHS), mode, String(point)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (piece) => {
    output += String(piece);
  });
  child.stderr.on("data", (piece) => {
    errors += String(piece);
  });
  const ended = new Promise<readonly [number | null, string | null]>((resolve) => {
    child.on("close", (code, signal) => resolve([code, signal]));
  });
  if (milliseconds !== undefined) {
    await Promise.race([wait(milliseconds), ended]);
    child.kill("SIGKILL");
  }
  const [code, signal] = await ended;
  const last = (word: string): number =>
    Number([...output.matchAll(new RegExp(`^${word} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  return { epochs: last("epoch"), operations: last("operations"), signal, code, errors };
}

/** Why a file of a run is not whole; null when it is. */
async function torn(folder: string, name: string): Promise<string | null> {
  const source = await fromFile(join(folder, name));
  try {
    if (name.startsWith("checkpoints/")) await readCheckpoint(networkFromJson(SMALL_SPEC), source);
    else if (name.endsWith(".safetensors")) {
      const model = await open(source);
      for (const layer of model.layers) await readKernel(layer);
    } else if (name.endsWith(".json"))
      JSON.parse(new TextDecoder().decode(await source.read(0, source.size)));
    else if (name.endsWith(".jsonl")) {
      const text = new TextDecoder().decode(await source.read(0, source.size));
      if (!text.endsWith("\n")) return "its last line is not complete";
      for (const line of text.trimEnd().split("\n")) JSON.parse(line);
    } else if (name.endsWith(".keras")) await (await open(source)).close();
    return null;
  } catch (error) {
    return String(error);
  } finally {
    await source.close?.();
  }
}

async function straight({ scratch }: ProofContext): Promise<string> {
  const folder = join(scratch, "straight");
  const { network } = await trainRun(await createRunFolder(folder, SMALL_SPEC, smallSettings(SEED, EPOCHS)), {
    threads: 1,
  });
  network.close();
  return hashOf(folder);
}

/** Looks at what a killed process left, goes on in another, and compares the end with `expected`. */
async function examine(
  context: ProofContext,
  folder: string,
  end: End,
  what: string,
  expected: string,
): Promise<void> {
  const { tally } = context;
  const files = filesBelow(folder);
  const unfinished = files.filter(isUnfinished);
  tally.check(
    unfinished.length <= 1,
    () => `${what}: ${unfinished.length} unfinished files: ${unfinished.join(", ")}`,
  );
  for (const name of files.filter((each) => !isUnfinished(each))) {
    const reason = await torn(folder, name);
    tally.check(reason === null, () => `${what}: ${name} is torn: ${reason}`);
  }
  const checkpoints = files.filter((name) => name.startsWith("checkpoints/") && !isUnfinished(name)).length;
  tally.check(
    checkpoints >= end.epochs,
    () => `${what}: ${end.epochs} epochs were saved, ${checkpoints} are there`,
  );
  const again = files.includes("run.json")
    ? await openRunFolder(folder)
    : await createRunFolder(folder, SMALL_SPEC, smallSettings(SEED, EPOCHS));
  const { network } = await trainRun(again, { threads: 1 });
  network.close();
  const left = filesBelow(folder).filter((name) => isUnfinished(name) || isLock(name));
  tally.check(left.length === 0, () => `${what}: ${left.join(", ")} was not removed`);
  tally.check(hashOf(folder) === expected, () => `${what}: the resumed run ended with other bytes`);
}

export const kill: Proof = {
  name: "kill",
  promise:
    "Killed at any moment, or on a full disk, a run has no torn file, loses at most the epoch in flight, and goes on.",
  async run(context) {
    const { scratch, random, tally, amount } = context;
    const expected = await straight(context);
    const whole = join(scratch, "child");
    const { operations } = await runChild(whole, "none", -1);
    tally.check(hashOf(whole) === expected, () => "a process of its own ended with other bytes");
    tally.note(`a run of ${EPOCHS} epochs makes ${operations} file operations`);
    const folder = join(scratch, "killed");
    const each = async (what: string, run: () => Promise<End>): Promise<void> => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      await examine(context, folder, await run(), what, expected);
    };
    for (let i = 0; i < amount(16, 1000); i++) {
      const [mode, point] = [random.pick(["before", "after"]), random.below(operations)];
      await each(`killed ${mode} operation ${point}`, async () => {
        const end = await runChild(folder, mode, point);
        tally.check(end.signal === "SIGKILL", () => `operation ${point} was never met: ${end.errors}`);
        return end;
      });
    }
    for (let i = 0; i < amount(4, 200); i++) {
      const milliseconds = random.between(150, 900);
      await each(`killed after ${milliseconds} ms`, () => runChild(folder, "none", -1, milliseconds));
    }
    for (let i = 0; i < amount(4, 100); i++) {
      // The last four operations flush a file that is complete, and its folder.
      const point = random.below(operations - 4);
      await each(`disk full from operation ${point}`, async () => {
        const end = await runChild(folder, "full", point);
        tally.check(
          end.code !== 0 && /disk is full/i.test(end.errors),
          () => `operation ${point}: ${end.errors}`,
        );
        const left = filesBelow(folder).filter(isUnfinished);
        tally.check(
          left.length === 0,
          () => `disk full from operation ${point}: ${left.join(", ")} was left`,
        );
        return end;
      });
    }
  },
};
