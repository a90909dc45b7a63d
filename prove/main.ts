import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createTally, type Proof, proofContext } from "./proof.ts";
import { proofs } from "./proofs.ts";

/** `main.js NAME… [--size ci|full] [--seed N] [--show N]`: runs proofs and says what they counted. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", default: "ci" },
    seed: { type: "string", default: "1" },
    show: { type: "string", default: "20" },
  },
});
const size = values.size === "full" ? "full" : values.size === "ci" ? "ci" : null;
const seed = Number(values.seed);
const chosen = positionals.includes("all") ? proofs : proofs.filter(({ name }) => positionals.includes(name));
const unknown = positionals.filter((name) => name !== "all" && !proofs.some((proof) => proof.name === name));

if (size === null || !Number.isSafeInteger(seed) || unknown.length > 0) {
  console.error(
    `Usage: npm run prove -- NAME… [--size ci|full] [--seed N] [--show N]\nNo such proof or option: ${[...unknown, values.size, values.seed].join(", ")}`,
  );
  process.exitCode = 2;
} else if (positionals.length === 0) {
  console.log("npm run prove -- NAME… [--size ci|full] [--seed N] [--show N]   (all: every one)\n");
  for (const { name, promise } of proofs) console.log(`${name.padEnd(12)} ${promise}`);
} else {
  for (const proof of chosen) await runProof(proof);
}

async function runProof(proof: Proof): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), `prove-${proof.name}-`));
  const tally = createTally((line) => console.log(line), Number(values.show));
  const start = performance.now();
  try {
    await proof.run(proofContext(proof, { size: size!, seed, scratch, tally }));
  } catch (error) {
    tally.check(
      false,
      () => `the proof itself failed: ${error instanceof Error ? error.stack : String(error)}`,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  tally.check(tally.checked > 0, () => "nothing was checked");
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${proof.name}: ${tally.checked} checked, ${tally.broken} broken (${size}, seed ${seed}, ${seconds} s)`,
  );
  if (tally.broken > 0) process.exitCode = 1;
}
