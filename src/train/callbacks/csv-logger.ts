import type { Callback } from "./callback.ts";

/** Hands over one line of CSV an epoch, the header first: `epoch,accuracy,loss,…` with the names sorted. */
export function csvLogger(write: (line: string) => void | Promise<void>): Callback {
  let names: readonly string[] | null = null;
  return {
    async onEpochEnd(epoch, logs) {
      if (names === null) {
        names = Object.keys(logs).sort();
        await write(`${["epoch", ...names].join(",")}\n`);
      }
      await write(`${[epoch, ...names.map((name) => logs[name] ?? "NA")].join(",")}\n`);
    },
  };
}
