import { ReadError } from "./errors.ts";

/** The named ceilings of one `open` or `readKernel`. */
export interface BudgetLimits {
  /** Bytes that may be held at once because a file said so. */
  readonly bytes: number;
  /** Directory entries, tensors, JSON nodes: things counted while a file is walked. */
  readonly objects: number;
  /** Nesting of groups, JSON values and the like. */
  readonly depth: number;
  /** Milliseconds from the budget's making. */
  readonly milliseconds: number;
}

/** Ceilings that no real model meets and a hostile file cannot pass; reasons in docs/formats.md. */
export const DEFAULT_LIMITS: BudgetLimits = {
  bytes: 4 * 1024 ** 3,
  objects: 2_000_000,
  depth: 64,
  milliseconds: 120_000,
};

/**
 * What a file may cost. Every allocation whose size comes from a file goes through `take`, every loop whose
 * length comes from a file calls `count`, every nesting calls `enter`; each throws `limit` or `deadline`.
 */
export interface Budget {
  readonly limits: BudgetLimits;
  /** Accounts for `bytes` about to be allocated; `why` ends the sentence "… for". Returns a release. */
  take(bytes: number, why: string): () => void;
  /** Accounts for `objects` met while walking the file and looks at the clock. */
  count(objects: number, why: string): void;
  /** Throws when `depth` is deeper than allowed. */
  enter(depth: number, why: string): void;
  /** Throws `deadline` when time is up; cheap enough for inner loops. */
  check(): void;
}

/** A fresh budget; `now` is injectable for tests. */
export function createBudget(
  limits: Partial<BudgetLimits> = {},
  now: () => number = () => performance.now(),
): Budget {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const end = now() + all.milliseconds;
  let bytes = 0;
  let objects = 0;
  const check = (): void => {
    if (now() > end) {
      throw new ReadError(
        "deadline",
        `Reading took longer than ${all.milliseconds / 1000} s and was stopped.`,
      );
    }
  };
  return {
    limits: all,
    take(wanted, why) {
      if (!(wanted >= 0) || bytes + wanted > all.bytes) {
        throw new ReadError(
          "limit",
          `The file asks for ${wanted} bytes for ${why}; the limit is ${all.bytes} bytes, of which ${bytes} are in use.`,
        );
      }
      bytes += wanted;
      let held = true;
      return () => {
        if (held) bytes -= wanted;
        held = false;
      };
    },
    count(more, why) {
      objects += more;
      if (!(objects <= all.objects)) {
        throw new ReadError("limit", `The file holds more than ${all.objects} ${why}.`);
      }
      check();
    },
    enter(depth, why) {
      if (depth > all.depth)
        throw new ReadError("limit", `${why} are nested deeper than ${all.depth} levels.`);
    },
    check,
  };
}
