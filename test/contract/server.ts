import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** A running server. */
export interface FileServer {
  /** The address of the folder, without a slash at the end. */
  readonly address: string;
  /** How many requests were answered. */
  requests(): number;
  close(): Promise<void>;
}

/** Serves the files below `root` on the loopback, in parts where a range is asked for, as static hosts do. */
export async function serve(root: string): Promise<FileServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    const path = join(
      root,
      normalize(decodeURIComponent(new URL(request.url ?? "/", "http://host").pathname)),
    );
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const headers = { etag: `"${stats.size}-${stats.mtimeMs}"`, "accept-ranges": "bytes" };
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    const first = Number(range?.[1] ?? 0);
    const last = Math.min(Number(range?.[2] ?? stats.size - 1), stats.size - 1);
    if (range !== null && first >= stats.size) {
      response.writeHead(416, { ...headers, "content-range": `bytes */${stats.size}` }).end();
      return;
    }
    response.writeHead(range === null ? 200 : 206, {
      ...headers,
      "content-length": Math.max(0, last - first + 1),
      ...(range === null ? {} : { "content-range": `bytes ${first}-${last}/${stats.size}` }),
    });
    if (last < first) response.end();
    else createReadStream(path, { start: first, end: last }).pipe(response);
  });
  // A busy test is silent for longer than the five seconds after which Node would hang up.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}
