import { mkdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatRows, largeRows, makeLargeInputs } from "./format-rows.ts";
import { alternate, run } from "./measure.ts";
import { benchPython, installedPeers, installPeers } from "./peers.ts";
import { measureTrips, tripRows } from "./round-trips.ts";
import { rows } from "./rows.ts";
import { renderTable, stepLine, tableLines, tripLine } from "./table.ts";
import { makeTrainingInputs } from "./training/inputs.ts";
import { measureSteps } from "./training/measure-steps.ts";
import { stepRows, trainingRows } from "./training-rows.ts";

const HELP = `npm run bench [-- options]

  --peers         make .bench/venv and install every peer first (about 2 GB)
  --only TEXT     only rows whose name contains TEXT
  --repeats N     runs of each contender, default 5; the median is shown

KERNELSCOPE_BENCH_PYTHON names another Python that has the peers, KERNELSCOPE_BENCH_TFJS a folder whose node_modules
have @tensorflow/tfjs-core and @tensorflow/tfjs-backend-cpu.
`;

const { values } = parseArgs({
  options: {
    peers: { type: "boolean" },
    only: { type: "string" },
    repeats: { type: "string", default: "5" },
    help: { type: "boolean" },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const python = values.peers ? installPeers(root) : benchPython(root);
const inputs = join(root, ".bench/inputs");
const out = join(root, ".bench/out");
mkdirSync(inputs, { recursive: true });
mkdirSync(out, { recursive: true });

const wanted = (row: { readonly name: string }): boolean => row.name.includes(values.only ?? "");
const places = { root, inputs, out, python };
if (python === null) {
  process.stdout.write(
    "There is no Python with peers: training is measured alone, reading and drawing are left out, since the peers make their inputs. npm run bench -- --peers installs them.\n\n",
  );
}
const processes = [
  ...(python === null
    ? []
    : [...rows(places), ...formatRows(places)].filter(wanted).map((row) => ({ row, training: false }))),
  ...trainingRows(places)
    .filter(wanted)
    .map((row) => ({ row, training: true })),
];
const large = largeRows(places).filter(wanted);
const trips = python === null ? [] : tripRows().filter(wanted);
const steps = stepRows(places).filter(wanted);
if (python !== null && (trips.length > 0 || processes.some(({ training }) => !training))) {
  process.stderr.write("making inputs (4 GB, once)\n");
  await run(python, [join(root, "bench/peers/make_inputs.py"), inputs]);
}
if (large.length > 0) makeLargeInputs(places);
if (steps.length > 0 || processes.some(({ training }) => training)) {
  process.stderr.write("making inputs for training (0.3 GB, once)\n");
  await makeTrainingInputs(inputs);
}

const needs = [
  ...processes.flatMap(({ row }) => row.needs),
  ...steps.flatMap(({ peers }) => peers.flatMap((peer) => peer.needs)),
];
const versions = python === null ? new Map<string, string>() : installedPeers(python, [...new Set(needs)]);
const missingOf = (modules: readonly string[]): string[] => [
  ...new Set(modules.filter((module) => !versions.has(module))),
];
const repeats = Number(values.repeats);
const lines: string[][] = [];
for (const row of [...processes.map(({ row }) => row), ...large]) {
  process.stderr.write(`${row.name}\n`);
  const missing = [...missingOf(row.needs), ...(row.absent ?? [])];
  const figures = await alternate([row.ours, ...(missing.length === 0 ? row.peers : [])], repeats);
  lines.push(...tableLines(row, figures, missing));
}
for (const row of trips) {
  process.stderr.write(`${row.name}\n`);
  lines.push(tripLine(row, await measureTrips(row, places)));
}
for (const row of steps) {
  process.stderr.write(`${row.name}\n`);
  const present = row.peers.filter((peer) => missingOf(peer.needs).length === 0);
  const figures = await measureSteps([row.ours, ...present], repeats);
  lines.push(stepLine(row, figures, missingOf(row.peers.flatMap((peer) => peer.needs))));
}
const versionList = [...versions].map(([name, version]) => `${name} ${version}`).join(", ");
process.stdout.write(
  `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, node ${process.version}; ${versionList || "no peers"}\n`,
);
process.stdout.write(
  `Medians of ${values.repeats} runs, contenders in turn; of a step the best of ${values.repeats} medians.\n\n${renderTable(lines)}\n`,
);
