// Prints the size of the library's front door: bundled without HDF5, minified and gzipped.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bytes of the entry chunk with everything it imports statically, minified and gzipped. */
export async function frontDoorSize() {
  const { output } = await build({
    root,
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      minify: true,
      target: "es2023",
      lib: { entry: "dist/index.js", formats: ["es"] },
      rollupOptions: { external: [/^h5wasm/] },
    },
  }).then((result) => (Array.isArray(result) ? result[0] : result));
  const chunks = new Map(
    output.filter((item) => item.type === "chunk").map((chunk) => [chunk.fileName, chunk]),
  );
  const wanted = [...chunks.values()].filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName);
  for (const name of wanted) {
    for (const next of chunks.get(name).imports)
      if (chunks.has(next) && !wanted.includes(next)) wanted.push(next);
  }
  return gzipSync(wanted.map((name) => chunks.get(name).code).join("\n"), { level: 9 }).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${((await frontDoorSize()) / 1000).toFixed(1)} kB\n`);
}
