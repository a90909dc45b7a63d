import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Contender, LOSS_TOLERANCE, median } from "../measure.ts";

/** Losses of the first steps by the form of Adam: `keras`, `torch` or both. */
export type Losses = Readonly<Record<string, readonly number[]>>;

/** Milliseconds of one step: the best of the rounds' medians. */
export interface StepFigures {
  readonly milliseconds: number;
  /** The largest difference of a loss to ours, over max(1, loss); null for ourselves. */
  readonly difference: number | null;
}

/** A round takes about so long for the slowest contender. */
const ROUND = 400;

/** A contender that stays loaded and runs steps when told to. */
class StepRunner {
  readonly label: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #error = "";

  constructor({ label, command, args }: Contender) {
    this.label = label;
    this.#child = spawn(command, args);
    this.#child.stderr.on("data", (chunk) => {
      this.#error += chunk;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line that is JSON; frameworks say other things too. */
  async #answer(): Promise<{ readonly losses?: Losses; readonly times?: readonly number[] }> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`${this.label} ended: ${this.#error.slice(-600)}`);
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }

  async losses(): Promise<Losses> {
    return (await this.#answer()).losses!;
  }

  /** Median milliseconds of a step. */
  async steps(count: number): Promise<number> {
    this.#child.stdin.write(`${count}\n`);
    return median((await this.#answer()).times!)!;
  }

  end(): void {
    this.#child.stdin.end();
  }
}

/**
 * Loads all contenders, holds their losses to the first one's and then lets them run in turn: `rounds` times some
 * steps each, from the same weights.
 *
 * @throws Error when a contender computes something else
 */
export async function measureSteps(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Map<string, StepFigures>> {
  const runners: StepRunner[] = [];
  try {
    const differences = new Map<string, number | null>();
    let ours: Losses = {};
    for (const contender of contenders) {
      const runner = new StepRunner(contender);
      runners.push(runner);
      const losses = await runner.losses();
      if (runners.length === 1) ours = losses;
      differences.set(runner.label, runners.length === 1 ? null : compare(runner.label, ours, losses));
    }
    const counts = new Map<StepRunner, number>();
    for (const runner of runners)
      counts.set(runner, Math.max(3, Math.ceil(ROUND / (await runner.steps(10)))));
    const best = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      for (const runner of runners) {
        const time = await runner.steps(counts.get(runner)!);
        best.set(runner.label, Math.min(time, best.get(runner.label) ?? Number.POSITIVE_INFINITY));
      }
    }
    return new Map(
      [...best].map(([label, milliseconds]) => [
        label,
        { milliseconds, difference: differences.get(label)! },
      ]),
    );
  } finally {
    for (const runner of runners) runner.end();
  }
}

function compare(label: string, ours: Losses, theirs: Losses): number {
  let most = 0;
  for (const [form, losses] of Object.entries(theirs)) {
    losses.forEach((loss, i) => {
      const mine = ours[form]![i]!;
      const difference = Math.abs(loss - mine) / Math.max(1, Math.abs(mine));
      if (!(difference <= LOSS_TOLERANCE)) {
        throw new Error(`${label} computes something else: loss ${loss} at step ${i + 1}, ours is ${mine}`);
      }
      most = Math.max(most, difference);
    });
  }
  return most;
}
