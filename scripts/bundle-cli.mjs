// Joins the compiled command line into a few small files, dist/node/bin, which is what `kernelscope` runs: Node takes
// about half a millisecond for every module it loads and as much for 10 kB of code, so that a hundred modules with
// their comments cost more than drawing a layer. `kernelscope/node` is joined with it; the doors for pages, whose own
// bundlers do that, are not. Runs after `tsc -b`.
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
// As deep as dist/node/cli, so that the way to package.json is the same.
const out = join(dist, "node/bin");

/** How a worker is started: by a file beside the one that starts it. */
const WORKER = /new URL\("(\.\/[\w-]+\.js)", import\.meta\.url\)/g;

rmSync(out, { recursive: true, force: true });
// What most runs need is one file; commands, formats, HDF5's and Keras's readers
// and all of training come when they are called for.
const late =
  /[\\/]dist[\\/](format[\\/](keras|hdf5)[\\/]|.*train|node[\\/]cli[\\/]hand-over)|[\\/]valibot[\\/]/;
const shared = { name: "shared", minShareCount: 2, test: (id) => !late.test(id) };
const training = {
  name: "training",
  minShareCount: 2,
  test: (id) => late.test(id) && !/[\\/]format[\\/]/.test(id),
};
await bundle(
  { kernelscope: join(dist, "node/cli/main.js"), node: join(dist, "node/index.js") },
  {
    includeDependenciesRecursively: false,
    groups: [shared, training],
  },
);
for (const [name, file] of workerFiles()) await bundle({ [name]: file }, false);
chmodSync(join(out, "kernelscope.js"), 0o755);

async function bundle(input, codeSplitting) {
  const made = await rolldown({
    input,
    platform: "node",
    preserveEntrySignatures: "allow-extension",
    external: ["h5wasm", /^@jsquash\/jpeg\//],
    cwd: root,
    plugins: [withoutChildProcess(), { name: "workers", transform: startByFullName }],
    // Some modules are reached both ways on purpose: what one command loads late, another needs at once.
    checks: { ineffectiveDynamicImport: false },
  });
  await made.write({ dir: out, format: "esm", codeSplitting, entryFileNames: "[name].js", minify: true });
  await made.close();
}

/** Commander can start other programs as subcommands; we have none, and Node's part for it takes 8 ms to load. */
function withoutChildProcess() {
  const id = "\0no-child-process";
  return {
    name: "without-child-process",
    resolveId: (source) => (source === "node:child_process" ? id : null),
    load: (source) => (source === id ? "export {};" : null),
  };
}

/** Files that are started as workers, by the names that they have in the bundle. */
function workerFiles() {
  const found = new Map();
  for (const path of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".js") || /^(web|\.test|node[\\/]bin)[\\/]/.test(path)) continue;
    const code = readFileSync(join(dist, path), "utf8");
    for (const [, url] of code.matchAll(WORKER)) {
      const file = join(dist, dirname(path), url);
      found.set(nameOf(file), file);
    }
  }
  return found;
}

/** `dist/train/engine/worker.js` is `train-engine-worker`: several rooms have a file of one name. */
function nameOf(file) {
  return relative(dist, file).replace(/\.js$/, "").replaceAll(/[\\/]/g, "-");
}

/** In the bundle all files lie beside each other. */
function startByFullName(code, id) {
  return code.replaceAll(
    WORKER,
    (_, file) => `new URL("./${nameOf(join(dirname(id), file))}.js", import.meta.url)`,
  );
}
