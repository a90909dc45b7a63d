import { ReadError, type Source } from "kernelscope";

/** What goes wrong at one read. */
export type Fault =
  | "one byte short"
  | "one byte too many"
  | "nothing"
  | "throws an Error"
  | "throws no Error"
  | "throws a ReadError"
  | "never answers"
  | "content and identity change"
  | "identity cannot be asked"
  | "aborts before"
  | "aborts after";

export const FAULTS: readonly Fault[] = [
  "one byte short",
  "one byte too many",
  "nothing",
  "throws an Error",
  "throws no Error",
  "throws a ReadError",
  "never answers",
  "content and identity change",
  "identity cannot be asked",
  "aborts before",
  "aborts after",
];

/** The fault and the read (from 0, over all files of the model) at which it happens. */
export interface FaultPlan {
  readonly fault: Fault;
  readonly at: number;
  readonly abort: () => void;
  /** The same file after it was replaced by another version of equal size. */
  readonly later: (name: string) => Uint8Array<ArrayBuffer>;
}

/** Counts reads and, at the planned one, does what sources must not do. */
export interface FaultInjector {
  readonly reads: () => number;
  wrap(source: Source): Source;
}

/** Wraps sources so that `plan` happens; without a plan it only counts. */
export function createInjector(plan: FaultPlan | null): FaultInjector {
  let reads = 0;
  const changed = (): boolean => plan?.fault === "content and identity change" && reads > plan.at;
  return {
    reads: () => reads,
    wrap: (source) => ({
      ...source,
      async identity() {
        if (plan?.fault === "identity cannot be asked" && reads > plan.at) throw new TypeError("stat failed");
        return changed() ? "second version" : "first version";
      },
      async read(offset, length, signal) {
        const here = reads++;
        const bytes = changed()
          ? plan!.later(source.name).slice(offset, offset + length)
          : await source.read(offset, length, signal);
        return plan !== null && here === plan.at ? failed(plan, source.name, bytes) : bytes;
      },
    }),
  };
}

async function failed(
  { fault, abort }: FaultPlan,
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  switch (fault) {
    case "one byte short":
      return bytes.slice(0, -1);
    case "one byte too many":
      return new Uint8Array([...bytes, 0]);
    case "nothing":
      return new Uint8Array(0);
    case "throws an Error":
      throw new RangeError("disk on fire");
    case "throws no Error":
      throw "a string";
    case "throws a ReadError":
      throw new ReadError("refused", "The disk is on fire: buy another.", { file });
    case "never answers":
      setTimeout(abort, 20);
      return new Promise(() => {});
    case "aborts before":
      abort();
      return bytes;
    case "aborts after":
      setTimeout(abort, 0);
      return bytes;
    default:
      return bytes;
  }
}
