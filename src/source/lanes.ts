/** A limit to how much goes on at the same time. */
export interface Lanes {
  /** Does `work` when one of the lanes is free; the first to come is the first to go. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Makes `most` lanes. */
export function createLanes(most: number): Lanes {
  let free = most;
  const waiting: (() => void)[] = [];
  return {
    async run(work) {
      if (free > 0) free--;
      else await new Promise<void>((go) => waiting.push(go));
      try {
        return await work();
      } finally {
        // The lane is handed on, so that nobody slips in between.
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
