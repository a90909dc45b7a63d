import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** `.build/prove/browser`, so that the repository is three above. */
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Where packages that are imported by name lie; a bundler or an import map (which workers lack) does this elsewhere. */
const PACKAGES: Readonly<Record<string, string>> = {
  "kernelscope/train": "/dist/train/index.js",
  fflate: "/node_modules/fflate/esm/browser.js",
  h5wasm: "/node_modules/h5wasm/dist/esm/hdf5_hl.js",
};

const IMPORT = /\b(from |import\()"([\w/]+)"/g;

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** A host of the built library and of these proofs. */
export interface ProofServer {
  readonly address: string;
  close(): Promise<void>;
}

/** Serves the repository's built files; `isolated` pages may share memory between threads. */
export async function serveBuild(isolated: boolean): Promise<ProofServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const headers = isolated ? ISOLATED : {};
    if (pathname === "/") {
      response.writeHead(200, { ...headers, "content-type": "text/html" });
      response.end("<!doctype html><title>determinism</title>");
      return;
    }
    const file = join(ROOT, normalize(decodeURIComponent(pathname)));
    if (!/^\/(dist|node_modules|\.build)\//.test(pathname) || !isFile(file)) {
      response.writeHead(404).end();
      return;
    }
    if (extname(file) !== ".js") {
      response.writeHead(200, { ...headers, "content-type": "application/octet-stream" });
      createReadStream(file).pipe(response);
      return;
    }
    response.writeHead(200, { ...headers, "content-type": "text/javascript" });
    response.end(
      readFileSync(file, "utf8").replace(IMPORT, (whole, how: string, name: string) =>
        PACKAGES[name] === undefined ? whole : `${how}"${PACKAGES[name]}"`,
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
