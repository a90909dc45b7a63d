import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_LIMITS, isReadError } from "kernelscope";
import { type LimitTest, limitTests } from "./limits/cases.ts";
import type { Proof, ProofContext } from "./proof.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A row of the table in docs/formats.md. */
interface Row {
  readonly constant: string;
  readonly value: number;
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  s: 1000,
  characters: 1,
};

/** The rows `| limit | value | constant | why |`. */
function readTable(): readonly Row[] {
  const text = readFileSync(join(ROOT, "docs/formats.md"), "utf8");
  return [...text.matchAll(/^\|[^|]+\| *([\d,.]+) *([A-Za-z]*) *\| *`([\w.]+)` *\|[^|]+\|$/gm)].map(
    ([, number, unit, constant]) => ({
      constant: constant!,
      value: Number(number!.replaceAll(",", "")) * (UNITS[unit!] ?? Number.NaN),
    }),
  );
}

/** Values that the code gives to constants of this name. */
function valuesInCode(constant: string): readonly number[] {
  if (constant.startsWith("DEFAULT_LIMITS.")) {
    const value = Object.entries(DEFAULT_LIMITS).find(([key]) => `DEFAULT_LIMITS.${key}` === constant)?.[1];
    return value === undefined ? [] : [value];
  }
  const values: number[] = [];
  for (const name of readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const found = new RegExp(`^(?:export )?const ${constant} = ([\\d_]+(?: \\*{1,2} \\d+)*);`, "m").exec(
      readFileSync(join(ROOT, "src", name), "utf8"),
    );
    if (found !== null) values.push(product(found[1]!));
  }
  return values;
}

/** `25 * 1024 ** 2`: numbers, powers and products. */
function product(text: string): number {
  return text
    .replaceAll("_", "")
    .split(/ \* /)
    .map((factor) => factor.split(" ** ").map(Number))
    .reduce((result, [base, power]) => result * base! ** (power ?? 1), 1);
}

/** What met the limit with this amount: nothing, or how it was told. */
async function meet({ meets }: LimitTest, amount: number): Promise<string | null> {
  try {
    return await meets(amount);
  } catch (error) {
    if (isReadError(error)) return error.code;
    throw error;
  }
}

export const limits: Proof = {
  name: "limits",
  promise: "Every limit is named, stands in docs/formats.md with its value, lets n through and stops n + 1.",
  async run({ tally }: ProofContext) {
    const rows = readTable();
    tally.check(rows.length >= 10, () => `docs/formats.md: only ${rows.length} limits were found`);
    for (const { constant, value } of rows) {
      const inCode = valuesInCode(constant);
      tally.check(
        inCode.includes(value),
        () => `${constant} is ${value} in docs/formats.md and ${inCode} in the code`,
      );
      const test = limitTests.find((candidate) => candidate.constant === constant);
      tally.check(test !== undefined, () => `${constant} has no test`);
      if (test === undefined) continue;
      const [at, beyond] = [await meet(test, value), await meet(test, value + 1)];
      tally.check(at === null, () => `${constant}: ${value} was stopped: ${at}`);
      tally.check(
        beyond?.includes(test.passed) === true,
        () => `${constant}: ${value + 1} gave ${beyond} instead of ${test.passed}`,
      );
    }
    for (const { constant } of limitTests) {
      tally.check(
        rows.some((row) => row.constant === constant),
        () => `${constant} is tested but not in docs/formats.md`,
      );
    }
  },
};
