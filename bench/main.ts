import { mkdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { alternate, run } from "./measure.ts";
import { benchPython, installedPeers, installPeers } from "./peers.ts";
import { rows } from "./rows.ts";
import { renderTable, tableLines } from "./table.ts";

const HELP = `npm run bench [-- options]

  --peers         make .bench/venv and install every peer first (about 2 GB)
  --only TEXT     only rows whose name contains TEXT
  --repeats N     runs of each contender, default 5; the median is shown

KERNELSCOPE_BENCH_PYTHON names another Python that has the peers.
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

if (python === null) {
  process.stdout.write(
    "No peer is installed, and the inputs are made by the peers: npm run bench -- --peers installs them.\n",
  );
  process.exit(1);
}
process.stderr.write("making inputs (1.5 GB, once)\n");
await run(python, [join(root, "bench/peers/make_inputs.py"), inputs]);

const chosen = rows({ root, inputs, out, python }).filter((row) => row.name.includes(values.only ?? ""));
const versions = installedPeers(python, [...new Set(chosen.flatMap((row) => row.needs))]);
const lines: string[][] = [];
for (const row of chosen) {
  process.stderr.write(`${row.name}\n`);
  const missing = row.needs.filter((module) => !versions.has(module));
  const figures = await alternate(
    [row.ours, ...(missing.length === 0 ? row.peers : [])],
    Number(values.repeats),
  );
  lines.push(...tableLines(row, figures, missing));
}
const versionList = [...versions].map(([name, version]) => `${name} ${version}`).join(", ");
process.stdout.write(
  `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, node ${process.version}; ${versionList}\n`,
);
process.stdout.write(`Medians of ${values.repeats} runs, contenders in turn.\n\n${renderTable(lines)}\n`);
