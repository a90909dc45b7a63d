import { open as openFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fromUrl, open } from "kernelscope/node";
import type { Places } from "./rows.ts";

/** What every answer is late by. */
const LATENCY = 20;

/** A file that is listed from a server, and how many round trips that may take. */
export interface TripRow {
  readonly name: string;
  readonly file: string;
  readonly reach: number;
}

/** What listing a file from a server took. */
export interface Trips {
  readonly requests: number;
  /** The longest chain of requests each of which began after the one before had been answered. */
  readonly trips: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** The rows about listing over HTTP, of the files that the other rows have. */
export function tripRows(): readonly TripRow[] {
  const row = (file: string, reach: number): TripRow => ({ name: `list over HTTP: ${file}`, file, reach });
  return [
    row("big.safetensors", 4),
    row("big.pt", 4),
    row("big.onnx", 4),
    row("big.tflite", 4),
    row("big_saved_model/saved_model.pb", 4),
    row("big_tfjs/model.json", 4),
    row("big.npy", 4),
    row("big.h5", 8),
    row("big.keras", 8),
  ];
}

/** Lists `row.file` from a server on the loopback whose answers come 20 ms late. */
export async function measureTrips({ file }: TripRow, { inputs }: Places): Promise<Trips> {
  const server = await serve(inputs);
  try {
    const seen: [start: number, end: number, bytes: number][] = [];
    const counting: typeof fetch = async (input, init) => {
      const start = performance.now();
      const response = await fetch(input, init);
      const body = await response.arrayBuffer();
      seen.push([start, performance.now(), body.byteLength]);
      return new Response(body, { status: response.status, headers: response.headers });
    };
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${file}`;
    const start = performance.now();
    const model = await open(await fromUrl(address, { fetch: counting }));
    const milliseconds = performance.now() - start;
    if (model.layers.length === 0) throw new Error(`No layer was found in ${file}`);
    await model.close();
    return {
      requests: seen.length,
      trips: longestChain(seen),
      bytes: seen.reduce((sum, [, , bytes]) => sum + bytes, 0),
      milliseconds,
    };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** As many spans as follow each other without overlap: always the one that ends first. */
function longestChain(spans: readonly (readonly [start: number, end: number, ...rest: number[]])[]): number {
  let chain = 0;
  let free = Number.NEGATIVE_INFINITY;
  for (const [start, end] of spans.toSorted((a, b) => a[1] - b[1])) {
    if (start < free) continue;
    chain++;
    free = end;
  }
  return chain;
}

/** A static file server that knows ranges and answers late. */
async function serve(root: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, LATENCY));
    const handle = await openFile(join(root, decodeURIComponent(request.url ?? "/"))).catch(() => null);
    const size = handle === null ? null : (await handle.stat()).size;
    if (handle === null || size === null || !(await handle.stat()).isFile()) {
      await handle?.close();
      response.writeHead(404).end();
      return;
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    const first = Number(range?.[1] ?? 0);
    const last = Math.min(Number(range?.[2] ?? size - 1), size - 1);
    const bytes = Buffer.alloc(Math.max(0, last - first + 1));
    await handle.read(bytes, 0, bytes.length, first);
    await handle.close();
    response.writeHead(range === null ? 200 : 206, {
      etag: '"1"',
      "content-length": bytes.length,
      ...(range === null ? {} : { "content-range": `bytes ${first}-${last}/${size}` }),
    });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
