import { escapeText, shorten } from "../../index.ts";
import type { Context } from "./context.ts";

/** What is done sooner needs no word. */
const SILENT_MILLISECONDS = 400;

/** A line that says how far a command is, on a terminal only. */
export interface Progress {
  /** Shows that number `at` (from 0) of `total` is being worked on. */
  show(at: number, total: number, what: string): void;
  /** Takes the line away, before anything else is written. */
  clear(): void;
}

/** Progress on standard error: silent where that is no terminal, a dumb one, or continuous integration. */
export function createProgress(context: Context, now: () => number = () => performance.now()): Progress {
  const { stderr, env } = context;
  const able = stderr.isTTY === true && env.TERM !== "dumb" && !env.CI;
  const start = now();
  let shown = false;
  return {
    show(at, total, what) {
      if (!able || total < 2 || now() - start < SILENT_MILLISECONDS) return;
      const line = `${at + 1}/${total}  ${escapeText(shorten(what, 60))}`;
      stderr.write(`\r\u001b[K${line.slice(0, Math.max(10, (stderr.columns ?? 80) - 1))}`);
      shown = true;
    },
    clear() {
      if (shown) stderr.write("\r\u001b[K");
      shown = false;
    },
  };
}
