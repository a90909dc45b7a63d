import { type ChildEnd, runChild } from "./child.ts";
import { type FuzzFormat, fuzzFormats } from "./fuzz/formats.ts";
import type { Proof, ProofContext, Tally } from "./proof.ts";

/** Milliseconds of the processor in which a file must have given a model, drawn, or an error. */
const LIMIT = 2_000;
/** The same for a million names in as much JSON as is parsed at all: 2 s on an idle machine, garbage collected beside. */
const LIMIT_HEAVY = 6_000;
/** libhdf5's watchdog counts silence, not the whole: its `deadline` may come a little later. */
const LIMIT_STOPPED = 4_500;
/** Milliseconds of silence after which a child hangs without working; a busy machine is given time. */
const SILENCE = 20_000;

/** What the children of one format found. */
interface Counts {
  files: number;
  models: number;
  worst: number;
  readonly codes: Map<string, number>;
}

/** Fuzzes one format in children that are started again after a hang or a crash. */
async function fuzzFormat(format: FuzzFormat, context: ProofContext, files: number): Promise<Counts> {
  const { tally, seed, size } = context;
  const counts: Counts = { files: 0, models: 0, worst: 0, codes: new Map() };
  const every = size === "ci" ? (format.slow ? 6 : format.count === undefined ? 1 : 1000) : 1;
  let next = 0;
  while (next < files) {
    let finished = false;
    const slow: number[] = [];
    const onLine = (line: string): void => {
      if (line === "done") finished = true;
      else if (line.startsWith("start ")) next = Number(line.slice(6)) + 1;
      else if (line.startsWith("wrong ")) tally.check(false, () => `${format.name}, seed ${seed}: ${line}`);
      else if (count(line, counts, tally, format)) slow.push(next - 1);
    };
    const args = [format.name, String(seed), String(next), String(files), String(every)];
    const end = await runChild("./fuzz/child.js", args, { silence: SILENCE, onLine });
    if (finished) next = files;
    else tally.check(false, () => `${format.name}, seed ${seed}, file ${next - 1}: ${endText(end)}`);
    for (const index of slow) await tryAlone(format, context, index);
  }
  return counts;
}

/** A slow file on a busy machine gets a second chance by itself. */
async function tryAlone(format: FuzzFormat, { tally, seed }: ProofContext, index: number): Promise<void> {
  let line = "";
  const args = [format.name, String(seed), String(index), String(index + 1), "1000000007"];
  await runChild("./fuzz/child.js", args, {
    silence: SILENCE,
    onLine: (text) => (line = text.startsWith("end ") ? text : line),
  });
  tally.check(
    !isSlow(line, format),
    () => `${format.name}, seed ${seed}, file ${index}: too slow twice: ${line}`,
  );
}

function isSlow(line: string, format: FuzzFormat): boolean {
  const [, , milliseconds, ...outcome] = line.split(" ");
  if (format.count !== undefined) return Number(milliseconds) > LIMIT_HEAVY;
  return Number(milliseconds) > (outcome.join(" ") === "refused deadline" ? LIMIT_STOPPED : LIMIT);
}

/** Counts an `end` line; true when the file took too long. */
function count(line: string, counts: Counts, tally: Tally, format: FuzzFormat): boolean {
  const [, index, milliseconds, ...rest] = line.split(" ");
  const outcome = rest.join(" ");
  counts.files++;
  counts.worst = Math.max(counts.worst, Number(milliseconds));
  if (outcome.startsWith("model ")) counts.models++;
  else counts.codes.set(outcome, (counts.codes.get(outcome) ?? 0) + 1);
  tally.check(!outcome.startsWith("crash"), () => `${format.name}, file ${index}: ${outcome}`);
  return isSlow(line, format);
}

function endText({ code, signal, errors, silent }: ChildEnd): string {
  return silent ? `silent for ${SILENCE / 1000} s` : `the process ended with ${signal ?? code}: ${errors}`;
}

export const fuzz: Proof = {
  name: "fuzz",
  promise:
    "Any bytes give a model or a ReadError within 2 s, the same one each time, and hurt no other file.",
  async run(context) {
    const { tally, amount } = context;
    // HDF5 children wait for their workers: two at a time fill two cores.
    const pending = [...fuzzFormats].sort((a, b) => Number(b.slow) - Number(a.slow));
    const work = async (): Promise<void> => {
      for (let format = pending.shift(); format !== undefined; format = pending.shift()) {
        const endless = format.slow ? amount(12, 20_000) : amount(300, 110_000);
        const files = Math.min(
          endless,
          format.count ?? endless,
          format.count === undefined ? endless : amount(3, endless),
        );
        const { models, worst, codes, files: done } = await fuzzFormat(format, context, files);
        const refused = [...codes]
          .map(([code, times]) => `${times} ${code.replace("refused ", "")}`)
          .join(", ");
        tally.note(`${format.name}: ${done} files, ${models} models, ${refused}; slowest ${worst} ms`);
      }
    };
    await Promise.all([work(), work()]);
  },
};
