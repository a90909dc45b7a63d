import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** A running server. */
export interface StaticServer {
  /** Address of the folder, with a slash at its end. */
  readonly address: string;
  /** Paths that were asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

/**
 * Serves a folder as the plainest of hosts would: below a path, and without a single security header but those that
 * are given.
 */
export async function serveFolder(
  folder: string,
  below = "/some/where/",
  headers: Readonly<Record<string, string>> = {},
): Promise<StaticServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push(pathname);
    const inside = pathname.startsWith(below) ? pathname.slice(below.length) || "index.html" : null;
    const file = inside === null ? null : join(folder, normalize(`/${decodeURIComponent(inside)}`));
    if (file === null || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      ...headers,
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${below}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
