import { spawn } from "node:child_process";

/** One run of a command: wall time of the whole process, and what it printed about itself. */
export interface Run {
  /** Milliseconds from spawn to exit. */
  readonly wall: number;
  /** Milliseconds that the work took inside the process, when it says so (`inside 12.3`). */
  readonly inside: number | null;
  /** Peak resident bytes, when it says so (`rss 123`). */
  readonly rss: number | null;
  /** The loss that it computed, when it says so (`loss 2.8`). */
  readonly loss: number | null;
}

/** Runs a command once; throws with its stderr when it fails. */
export function run(command: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let error = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      error += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0)
        return reject(new Error(`${command} ${args.join(" ")} ended with ${code}: ${error.slice(-600)}`));
      const said = (word: string): number | null => {
        const match = new RegExp(`^${word} ([0-9.]+)$`, "m").exec(out + error);
        return match === null ? null : Number(match[1]);
      };
      resolve({
        wall: performance.now() - start,
        inside: said("inside"),
        rss: said("rss"),
        loss: said("loss"),
      });
    });
  });
}

/** The middle of `numbers`; null when any is missing. */
export function median(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0 || known.length < numbers.length) return null;
  return known[known.length >> 1]!;
}

/** Medians over several runs of one contender. */
export interface Figures {
  readonly wall: number;
  readonly inside: number | null;
  readonly rss: number | null;
}

/** A thing that can be run again and again. */
export interface Contender {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Losses that differ by more, over max(1, loss), come from different computations. */
export const LOSS_TOLERANCE = 1e-4;

/**
 * Runs every contender once to warm the disk cache, then `repeats` times in turn; medians by label.
 *
 * @throws Error when two of them say different losses
 */
export async function alternate(
  contenders: readonly Contender[],
  repeats: number,
): Promise<Map<string, Figures>> {
  const runs = new Map<string, Run[]>(contenders.map((contender) => [contender.label, []]));
  for (let round = -1; round < repeats; round++) {
    for (const contender of contenders) {
      const result = await run(contender.command, contender.args);
      assertLoss(contender.label, result.loss, runs.get(contenders[0]!.label)![0]?.loss ?? null);
      if (round >= 0) runs.get(contender.label)!.push(result);
    }
  }
  const figures = new Map<string, Figures>();
  for (const [label, list] of runs) {
    figures.set(label, {
      wall: median(list.map((entry) => entry.wall))!,
      inside: median(list.map((entry) => entry.inside)),
      rss: median(list.map((entry) => entry.rss)),
    });
  }
  return figures;
}

function assertLoss(label: string, loss: number | null, ours: number | null): void {
  if (loss === null || ours === null) return;
  if (Math.abs(loss - ours) <= LOSS_TOLERANCE * Math.max(1, Math.abs(ours))) return;
  throw new Error(`${label} computes something else: its loss is ${loss}, ours ${ours}`);
}
