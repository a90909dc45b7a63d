import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/**
 * What the built page may do. Workers are started from blobs, which inherit this policy even where a static host
 * sends no headers; one loaded from an address would be free of it. `wasm-unsafe-eval` is for HDF5's worker, the
 * one Trusted Types policy (`default`) lets only such blobs be run. Styles are files: nothing is inline.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types default",
].join("; ");

/**
 * The page that reads an address, `remote.html`, is the same page with one more right: to connect to other hosts. It
 * gives that up at once but for the hosts of the one address it is opened with (web/remote-policy.ts). The page
 * itself keeps the strict policy, so that nothing of a file on this machine can leave.
 */
const remotePage = {
  name: "kernelscope:remote",
  apply: "build",
  enforce: "post",
  generateBundle(_, bundle) {
    const page = bundle["index.html"];
    // The worker's own bundle has no page.
    if (page === undefined) return;
    const source = String(page.source)
      .replace(/connect-src (&#39;|')self\1/, (own) => `${own} https: http:`)
      .replace("<html", "<html data-remote");
    if (!source.includes("https: http:")) throw new Error("index.html has no connect-src to widen");
    this.emitFile({ type: "asset", fileName: "remote.html", source });
  },
};

/** While developing, Vite puts styles into the page, talks over a socket and serves workers as files. */
const DEVELOPMENT_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace("connect-src 'self'", "connect-src 'self' ws: https: http:")
  .replace("worker-src blob:", "worker-src 'self' blob:");

/** Headers beyond the policy that any host should send; `frame-ancestors` only counts in a header. */
const headers = (policy) => ({
  "content-security-policy": `${policy}; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
});

const policyInPage = {
  name: "kernelscope:policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
      injectTo: "head-prepend",
    },
  ],
};

/** The library's own reference to the HDF5 worker's file. */
const WORKER_REFERENCE = 'new URL("./worker.js", import.meta.url)';

/**
 * A worker made from a blob has no folder, so the library's `new URL("./worker.js", import.meta.url)` means
 * nothing in it: in the build the page fetches that script itself (web/workers.ts) and gives it to `open` as
 * `spawn`. Here the reference becomes a mere name, and the script gets a module that the page can import.
 */
const hdf5Worker = {
  name: "kernelscope:hdf5-worker",
  enforce: "pre",
  resolveId: (id) =>
    id.startsWith("kernelscope:hdf5-worker")
      ? id.replace("kernelscope:hdf5-worker", path("../dist/format/hdf5/worker.js"))
      : null,
};
const hdf5Reference = {
  name: "kernelscope:hdf5-reference",
  apply: "build",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/format/hdf5/worker-handle.js")) return null;
    if (!code.includes(WORKER_REFERENCE))
      throw new Error(`${id} no longer names its worker by ${WORKER_REFERENCE}`);
    return { code: code.replaceAll(WORKER_REFERENCE, 'new URL("kernelscope:hdf5-worker")'), map: null };
  },
};

/** Names and endings of the format table alone; the page itself needs no reader. */
const formatList = {
  name: "kernelscope:formats",
  resolveId: (id) => (id === "kernelscope:formats" ? `\0${id}` : null),
  async load(id) {
    if (id !== "\0kernelscope:formats") return null;
    const { formats } = await import(new URL("../dist/index.js", import.meta.url).href);
    return `export default ${JSON.stringify(formats.map(({ name, extensions }) => ({ name, extensions })))};`;
  },
};

/** The address of the example that comes with the page, or null when the checkout has none. */
const example = {
  name: "kernelscope:example",
  resolveId: (id) => (id === "kernelscope:example" ? `\0${id}` : null),
  load(id) {
    if (id !== "\0kernelscope:example") return null;
    const file = path("../examples/seed.keras");
    return existsSync(file)
      ? `export { default } from ${JSON.stringify(`${file}?url`)};`
      : "export default null;";
  },
};

export default defineConfig({
  root: path("."),
  base: "./",
  plugins: [policyInPage, remotePage, hdf5Worker, hdf5Reference, formatList, example],
  resolve: { alias: [{ find: /^kernelscope$/, replacement: path("../dist/index.js") }] },
  worker: {
    format: "es",
    plugins: () => [hdf5Worker, hdf5Reference],
    // One file each, because a blob cannot import its neighbours.
    rolldownOptions: { output: { codeSplitting: false } },
  },
  build: {
    outDir: path("../dist/web"),
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    reportCompressedSize: false,
  },
  server: { headers: headers(DEVELOPMENT_POLICY), fs: { allow: [path("..")] }, open: false },
  preview: { headers: headers(POLICY) },
});
