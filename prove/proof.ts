import { createRandom, type Random } from "./random.ts";

/** How much a proof does: `ci` takes seconds, `full` is a night's work. */
export type ProofSize = "ci" | "full";

/** Counts what was checked and keeps the first broken cases as sentences. */
export interface Tally {
  readonly checked: number;
  readonly broken: number;
  /** One case; `what` is only asked when it is broken. */
  check(fine: boolean, what: () => string): void;
  /** Many cases at once, of which `broken` failed. */
  add(checked: number, broken: number, what: () => string): void;
  /** A line for the reader: a number worth knowing that is not a case. */
  note(line: string): void;
}

/** What a proof is given. */
export interface ProofContext {
  readonly size: ProofSize;
  readonly seed: number;
  /** Seeded by the proof's name and the seed. */
  readonly random: Random;
  readonly tally: Tally;
  /** A fresh folder that is removed afterwards. */
  readonly scratch: string;
  /** `ci` or `full`, whichever applies. */
  amount(ci: number, full: number): number;
}

/** A promise that a program can check. */
export interface Proof {
  readonly name: string;
  /** The promise, as one sentence. */
  readonly promise: string;
  run(context: ProofContext): Promise<void>;
}

/** A tally that prints its notes and its first `shown` broken cases to `print`. */
export function createTally(print: (line: string) => void, shown: number): Tally {
  let checked = 0;
  let broken = 0;
  const add = (more: number, bad: number, what: () => string): void => {
    checked += more;
    if (bad === 0) return;
    if (broken < shown) print(`  broken: ${printable(what())}`);
    else if (broken === shown) print("  … more are broken");
    broken += bad;
  };
  return {
    get checked() {
      return checked;
    },
    get broken() {
      return broken;
    },
    check: (fine, what) => add(1, fine ? 0 : 1, what),
    add,
    note: (line) => print(`  ${printable(line)}`),
  };
}

/** A context for `proof`. */
export function proofContext(
  proof: Pick<Proof, "name">,
  options: {
    readonly size: ProofSize;
    readonly seed: number;
    readonly scratch: string;
    readonly tally: Tally;
  },
): ProofContext {
  return {
    ...options,
    random: createRandom(`${proof.name}/${options.seed}`),
    amount: (ci, full) => (options.size === "ci" ? ci : full),
  };
}

/** Names from hostile files must not steer the terminal of the person who reads the proof. */
function printable(text: string): string {
  const shown = text.length > 400 ? `${text.slice(0, 400)}…` : text;
  return shown.replace(/[^\x20-\x7e°…→×≤≥]/g, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}
