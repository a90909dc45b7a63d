// Joins the compiled command line into a few files under dist/node/bin, which is what `kernelscope` runs: Node takes
// about half a millisecond for every module it loads, so that a hundred small ones cost more than drawing a layer.
// The library itself is not bundled. Runs after `tsc -b`.
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

const entries = { kernelscope: join(dist, "node/cli/main.js") };
for (const worker of workers()) entries[nameOf(worker)] = worker;
rmSync(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: entries,
  platform: "node",
  external: ["h5wasm", /^@jsquash\/jpeg\//],
  cwd: root,
  plugins: [{ name: "workers", transform: startByFullName }],
});
await bundle.write({
  dir: out,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
});
await bundle.close();
chmodSync(join(out, "kernelscope.js"), 0o755);

/** Files that are started as workers: each stays a file of its own, named by its whole path. */
function workers() {
  const rooms = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".js") && !/^(web|\.test|node[\\/]bin)[\\/]/.test(path),
  );
  return rooms.flatMap((path) => {
    const code = readFileSync(join(dist, path), "utf8");
    return [...code.matchAll(WORKER)].map(([, file]) => join(dist, dirname(path), file));
  });
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
