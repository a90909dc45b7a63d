import { WriteStream } from "node:tty";
import type { TerminalDepth } from "../../report.ts";
import type { Context } from "./context.ts";

/**
 * Colours for a picture that was asked for by `--terminal`. NO_COLOR and dumb terminals get characters,
 * FORCE_COLOR decides where it is set, a terminal what it can. A pipe gets colours too, as it was asked for them:
 * it leads to `less -R` or to a file that is shown later.
 */
export function terminalDepth({ stdout, env }: Pick<Context, "stdout" | "env">): TerminalDepth {
  // Node takes an empty NO_COLOR for a set one, against its definition; it is looked at below.
  const { NO_COLOR, ...rest } = env;
  const bits = WriteStream.prototype.getColorDepth(rest);
  if (env.FORCE_COLOR !== undefined) return bits >= 24 ? "truecolor" : bits >= 4 ? "256" : "none";
  if (NO_COLOR || env.TERM === "dumb") return "none";
  if (bits >= 24 || /^(truecolor|24bit)$/i.test(env.COLORTERM ?? "")) return "truecolor";
  if (bits >= 8 || stdout.isTTY !== true) return "256";
  // Sixteen colours are announced by many terminals that have 256; a Linux console has not.
  return bits >= 4 && env.TERM !== "linux" ? "256" : "none";
}

/** Whether text may be coloured: on a terminal that is not told otherwise, or where it is forced. */
export function usesColor({ stdout, env }: Pick<Context, "stdout" | "env">): boolean {
  if (env.FORCE_COLOR !== undefined) return !["0", "false"].includes(env.FORCE_COLOR);
  return stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

/** Columns of the terminal: what COLUMNS says, what the terminal is, or 80. */
export function columnsOf({ stdout, env }: Pick<Context, "stdout" | "env">): number {
  const told = Number(env.COLUMNS);
  if (Number.isInteger(told) && told > 0) return told;
  return stdout.columns !== undefined && stdout.columns > 0 ? stdout.columns : 80;
}
