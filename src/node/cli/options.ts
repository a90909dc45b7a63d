import { type Command, InvalidArgumentError, Option } from "commander";
import { isAxisOrder, nearestNames } from "../../report.ts";

/** What every command that opens a file can be told about it. */
export interface OpenFlags {
  readonly axisOrder?: string | undefined;
  readonly entry?: string | undefined;
}

/** Adds `--axis-order` and `--entry`, which every command that opens a file has. */
export function addOpenOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--axis-order <order>",
        "axes of kernels in files that do not name them: keras, torch, or letters such as DHWIO, HWIO, OIDHW, OIHW",
      ).argParser(parseAxisOrder),
    )
    .option("--entry <path>", "which of several models in an archive or a folder");
}

/** What `--axis-order` may be; letters may be small. */
export function parseAxisOrder(text: string): string {
  const word = text.toLowerCase();
  if (word === "keras" || word === "torch") return word;
  const letters = text.toUpperCase();
  if (isAxisOrder(letters)) return letters;
  throw new InvalidArgumentError(
    "It is keras, torch, or O and I (or I and M) with W, HW or DHW in the order of the file, such as DHWIO or OIHW.",
  );
}

/** A parser of numbers within limits, both included; `whole` refuses fractions. */
export function numberParser(limits: {
  min?: number;
  max?: number;
  above?: number;
  whole?: boolean;
}): (text: string) => number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above, whole = false } = limits;
  const kind = whole ? "a whole number" : "a number";
  let range = "";
  if (above !== undefined) range = ` above ${above}`;
  else if (Number.isFinite(min) && Number.isFinite(max)) range = ` from ${min} to ${max}`;
  else if (Number.isFinite(min)) range = ` of at least ${min}`;
  return (text) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    const fits =
      Number.isFinite(value) && value >= min && value <= max && (above === undefined || value > above);
    if (!fits || (whole && !Number.isInteger(value)))
      throw new InvalidArgumentError(`It is ${kind}${range}.`);
    return value;
  };
}

/** A parser of one word out of `words`; a slip of the finger gets the nearest one offered. */
export function wordParser<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word =
      words.find((known) => known === text) ??
      words.find((known) => known.toLowerCase() === text.toLowerCase());
    if (word !== undefined) return word;
    const near = nearestNames(text, words, 1)[0];
    const meant = near === undefined ? "" : `; you may mean ${near}`;
    throw new InvalidArgumentError(`It is ${words.slice(0, -1).join(", ")} or ${words.at(-1)}${meant}.`);
  };
}
