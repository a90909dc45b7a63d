import { existsSync } from "node:fs";
import { type ChildEnd, runChild } from "./child.ts";
import { kernelBytes, LARGE, largeModels, writeLarge } from "./memory/large.ts";
import type { Proof, ProofContext, Tally } from "./proof.ts";

/** kB. */
const MIB = 1024;
const KERNEL_BYTES = kernelBytes(LARGE);
/** What listing may take. */
const LISTING = 128 * MIB;

/** Lines of a child, each with a high-water mark in kB. */
async function measure(
  ...args: readonly string[]
): Promise<{ marks: { kB: number; what: string }[]; end: ChildEnd }> {
  const marks: { kB: number; what: string }[] = [];
  const onLine = (line: string): void => {
    const [kB, ...what] = line.split(" ");
    marks.push({ kB: Number(kB), what: what.join(" ") });
  };
  // Some of memory is garbage that nobody has collected yet; a small heap makes that little.
  const end = await runChild("./memory/child.js", args, {
    silence: 60_000,
    onLine,
    nodeOptions: ["--expose-gc", "--max-semi-space-size=4"],
  });
  return { marks, end };
}

export const memory: Proof = {
  name: "memory",
  promise:
    "Listing any file takes at most 128 MB over an idle process; reading one kernel 3 times its bytes and 64 MB.",
  async run({ scratch, tally, amount }: ProofContext) {
    if (!existsSync("/proc/self/status")) {
      tally.check(true, () => "");
      return tally.note("not Linux: the memory of a process cannot be measured here");
    }
    await checkCatalogue(tally, amount(6, 1));
    const idle = (await measure("idle")).marks[0]!.kB;
    tally.note(`idle: ${Math.round(idle / MIB)} MB`);
    for (const model of largeModels(LARGE))
      await checkLarge(tally, idle, model.main, writeLarge(scratch, model));
  },
};

/** Every hand-made file, one after the other in one process. */
async function checkCatalogue(tally: Tally, every: number): Promise<void> {
  const { marks, end } = await measure("catalogue", String(every));
  tally.check(end.code === 0, () => `the catalogue: ended with ${end.signal ?? end.code}: ${end.errors}`);
  const idle = marks[0]?.kB ?? 0;
  let worst = idle;
  for (const { kB, what } of marks) {
    // The mark only rises: the file that raises it above the limit is the one to blame.
    tally.check(kB <= idle + LISTING || kB === worst, () => `${what}: ${over(kB, idle)}`);
    worst = Math.max(worst, kB);
  }
  tally.note(`${marks.length - 1} files of the catalogue: ${over(worst, idle)} at most`);
}

/** Lists a file much larger than memory, then reads one kernel of it. The whole of a large array is not read. */
async function checkLarge(tally: Tally, idle: number, name: string, path: string): Promise<void> {
  const { marks, end } = await measure("read", path, ...(name.endsWith(".npy") ? ["list"] : []));
  const [listed, read] = marks;
  tally.check(/^[1-9]\d* layers/.test(listed?.what ?? ""), () => `${name}: ${listed?.what} ${end.errors}`);
  if (listed === undefined) return;
  tally.check(listed.kB <= idle + LISTING, () => `${name}: listing took ${over(listed.kB, idle)}`);
  if (name.endsWith(".npy")) return tally.note(`${name}: listing ${over(listed.kB, idle)}`);
  const allowed = Math.max(idle, listed.kB) + (3 * KERNEL_BYTES) / 1024 + 64 * MIB;
  tally.check(
    read !== undefined && read.kB <= allowed,
    () => `${name}: one kernel took ${over(read?.kB ?? 0, idle)} ${end.errors}`,
  );
  tally.note(
    `${name}: listing ${over(listed.kB, idle)}, a kernel of ${Math.round(KERNEL_BYTES / 1024 / MIB)} MB ${over(read?.kB ?? 0, idle)}`,
  );
}

function over(kB: number, idle: number): string {
  return `${Math.round((kB - idle) / MIB)} MB over idle`;
}
