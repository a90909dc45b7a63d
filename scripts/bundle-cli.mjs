// Joins the compiled command line into a few files under dist/node/bin, which is what `kernelscope` runs: Node takes
// about half a millisecond for every module it loads, so that a hundred small ones cost more than drawing a layer.
// The library itself is not bundled. Runs after `tsc -b`.
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
// As deep as dist/node/cli, so that the way to package.json is the same.
const out = join(dist, "node/bin");

const entries = { kernelscope: join(dist, "node/cli/main.js") };
for (const worker of workers()) {
  const name = basename(worker, ".js");
  if (entries[name] !== undefined && entries[name] !== worker)
    throw new Error(`Two workers are called ${name}.js`);
  entries[name] = worker;
}
rmSync(out, { recursive: true, force: true });
const bundle = await rolldown({ input: entries, platform: "node", external: ["h5wasm"], cwd: root });
await bundle.write({
  dir: out,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
});
await bundle.close();
chmodSync(join(out, "kernelscope.js"), 0o755);

/** Files that are started by `new URL("./name.js", import.meta.url)`: each stays a file beside the others. */
function workers() {
  const rooms = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".js") && !/^(web|\.test|node[\\/]bin)[\\/]/.test(path),
  );
  return rooms.flatMap((path) => {
    const code = readFileSync(join(dist, path), "utf8");
    return [...code.matchAll(/new URL\("(\.\/[\w-]+\.js)", import\.meta\.url\)/g)].map(([, file]) =>
      join(dist, dirname(path), file),
    );
  });
}
