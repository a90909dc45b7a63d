import { fromBytes, fromUrl } from "kernelscope";
import { createInjector, FAULTS, type Fault } from "./faults/faulty.ts";
import { HARMLESS, SERVER_FAULTS, type ServerFault, serveFaulty } from "./faults/http.ts";
import { sourceOf } from "./files.ts";
import { fuzzFormats } from "./fuzz/formats.ts";
import type { ModelFiles } from "./models/random-model.ts";
import { type Outcome, outcomeText, readEverything } from "./observe.ts";
import type { Proof, ProofContext, Tally } from "./proof.ts";
import type { Random } from "./random.ts";
import { safetensors } from "./writers/safetensors.ts";
import { float32Weight } from "./writers/weight.ts";

/** Milliseconds after which a read that should have ended counts as hanging. */
const PATIENCE = 15_000;
/** Milliseconds in which a cancelled read must have ended. */
const CANCEL = 200;
/** What a fault may lead to besides the right answer; a changed source must be called by its name. */
const CODES: Readonly<Partial<Record<Fault, readonly string[]>>> = {
  "content and identity change": ["source-changed"],
  "never answers": ["aborted"],
  "aborts before": ["aborted"],
  "aborts after": ["aborted"],
};

/** The same files with other weights: every byte of the second half is turned over. */
function otherVersion({ main, files }: ModelFiles): ModelFiles {
  const changed = [...files].map(([name, bytes]): [string, Uint8Array<ArrayBuffer>] => {
    const half = bytes.length >> 1;
    return [name, bytes.map((byte, at) => (at < half ? byte : byte ^ 0x55))];
  });
  return { main, files: new Map(changed) };
}

async function outcomeUnder(
  files: ModelFiles,
  fault: Fault | null,
  at: number,
): Promise<{ outcome: Outcome; reads: number; afterAbort: number }> {
  const abort = new AbortController();
  let aborted = Number.POSITIVE_INFINITY;
  const stop = (): void => {
    aborted = performance.now();
    abort.abort();
  };
  const later = [...otherVersion(files).files];
  const injector = createInjector(
    fault === null
      ? null
      : {
          fault,
          at,
          abort: stop,
          // Sources are called by their bare names, files by their paths.
          later: (name) => later.find(([path]) => path === name || path.endsWith(`/${name}`))![1],
        },
  );
  const reading = readEverything(sourceOf(files, injector.wrap), undefined, { signal: abort.signal });
  const outcome = await hurried(reading);
  return { outcome, reads: injector.reads(), afterAbort: performance.now() - aborted };
}

/** A reading that must not take for ever. */
async function hurried(reading: Promise<Outcome>): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(
      () => resolve({ kind: "crash", message: `no answer in ${PATIENCE / 1000} s` }),
      PATIENCE,
    );
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Every fault at every read of every format; at a few of the reads where one is slow. */
async function sourceFaults({ tally, size, random }: ProofContext): Promise<void> {
  for (const { name, good, slow } of fuzzFormats) {
    const { outcome: clean, reads } = await outcomeUnder(good, null, 0);
    tally.check(clean.kind === "model", () => `${name}: without faults: ${outcomeText(clean)}`);
    for (const fault of FAULTS) {
      for (const at of readsToTry(
        random.fork(`${name} ${fault}`),
        reads,
        slow && size === "ci" ? 1 : reads,
      )) {
        const { outcome, afterAbort } = await outcomeUnder(good, fault, at);
        if (fault === "never answers") {
          // A busy machine may be late; a reader that does not listen is late every time.
          let late = afterAbort > CANCEL;
          for (let again = 0; late && again < 3; again++) {
            late = (await outcomeUnder(good, fault, at)).afterAbort > CANCEL;
          }
          tally.check(
            !late,
            () => `${name}: read ${at}: stopped ${Math.round(afterAbort)} ms after it was cancelled`,
          );
        }
        const codes = CODES[fault];
        const refused = outcome.kind === "refused" && (codes === undefined || codes.includes(outcome.code));
        const right = outcome.kind === "model" && outcomeText(outcome) === outcomeText(clean);
        tally.check(
          refused || right,
          () => `${name}: ${fault} at read ${at} of ${reads}: ${outcomeText(outcome)}`,
        );
      }
    }
  }
}

function readsToTry(random: Random, reads: number, most: number): readonly number[] {
  const all = Array.from({ length: reads }, (_, at) => at);
  return reads <= most ? all : Array.from({ length: most }, () => random.pick(all));
}

/** Every fault of a server, from its first, second or fourth answer on. */
async function serverFaults(tally: Tally, random: Random): Promise<void> {
  const values = Array.from({ length: 200_000 }, () => random.normal());
  const file = safetensors([
    float32Weight("conv.weight", [200, 40, 5, 5], values),
    float32Weight("conv.bias", [200], { length: 200 }),
  ]);
  const later = file.map((byte, at) => (at < 4000 ? byte : byte ^ 0x55));
  const textOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
    outcomeText(await readEverything(fromBytes(bytes, "model")));
  const [clean, changed] = [await textOf(file), await textOf(later)];
  for (const fault of SERVER_FAULTS) {
    for (const after of [0, 1, 3]) {
      const outcome = await hurried(overHttp(file, later, fault, after));
      // What was read before the fault may have been enough; bytes of two versions never are.
      // A server that was changed before the first answer has only one version to give.
      const right = [clean, ...(after === 0 ? [changed] : [])].includes(outcomeText(outcome));
      const refused = outcome.kind === "refused" && !HARMLESS.includes(fault);
      tally.check(
        right || refused,
        () => `server ${fault} after ${after} answers: ${outcomeText(outcome)} instead of ${clean}`,
      );
    }
  }
}

async function overHttp(
  file: Uint8Array<ArrayBuffer>,
  later: Uint8Array<ArrayBuffer>,
  fault: ServerFault,
  after: number,
): Promise<Outcome> {
  const server = await serveFaulty(file, later, fault, after);
  try {
    return await readEverything(() => fromUrl(`${server.url}model`));
  } finally {
    await server.close();
  }
}

export const faults: Proof = {
  name: "faults",
  promise:
    "A source that changes, shrinks, stalls or lies while it is read is noticed; its pieces are never mixed.",
  async run(context) {
    await sourceFaults(context);
    await serverFaults(context.tally, context.random.fork("server"));
  },
};
