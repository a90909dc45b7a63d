import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

/** What a server does wrong, or unusually. */
export type ServerFault =
  | "none"
  | "sends everything"
  | "sends everything later"
  | "416"
  | "404 later"
  | "500"
  | "wrong range"
  | "wrong total"
  | "no range header"
  | "changed tag"
  | "changed date"
  | "compressed"
  | "compressed range"
  | "cut short"
  | "hangs up"
  | "too much";

export const SERVER_FAULTS: readonly ServerFault[] = [
  "none",
  "sends everything",
  "sends everything later",
  "416",
  "404 later",
  "500",
  "wrong range",
  "wrong total",
  "no range header",
  "changed tag",
  "changed date",
  "compressed",
  "compressed range",
  "cut short",
  "hangs up",
  "too much",
];

/** What servers may do: the file must be read all the same. */
export const HARMLESS: readonly ServerFault[] = ["none", "sends everything", "no range header"];

/** A server of one file whose requests from `after` on meet `fault`. */
export interface FaultServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `file` on a free port of this machine. `later`: what stands there once it was replaced. */
export async function serveFaulty(
  file: Uint8Array<ArrayBuffer>,
  later: Uint8Array<ArrayBuffer>,
  fault: ServerFault,
  after: number,
): Promise<FaultServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    const late = requests++ >= after;
    answer(request, response, { file, later, fault: late || fault === "sends everything" ? fault : "none" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

interface Situation {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly later: Uint8Array<ArrayBuffer>;
  readonly fault: ServerFault;
}

function answer(request: IncomingMessage, response: ServerResponse, { file, later, fault }: Situation): void {
  const [, from = "0", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const start = Number(from);
  const end = Math.min(file.length, to === "" ? file.length : Number(to) + 1);
  const changed = fault === "changed tag" || fault === "changed date";
  const content = (changed ? later : file).subarray(start, end);
  const headers: Record<string, string> = {
    "content-range": `bytes ${start}-${end - 1}/${file.length}`,
    "accept-ranges": "bytes",
    etag: fault === "changed tag" ? '"two"' : '"one"',
    "last-modified":
      fault === "changed date" ? "Tue, 02 Jan 2024 00:00:00 GMT" : "Mon, 01 Jan 2024 00:00:00 GMT",
  };
  const send = (status: number, body: Uint8Array, more: Record<string, string> = {}): void => {
    response.writeHead(status, { ...headers, ...more });
    response.end(body);
  };
  const { "content-range": _, ...whole } = headers;
  switch (fault) {
    case "sends everything":
    case "sends everything later":
      response.writeHead(200, whole);
      response.end(file);
      break;
    case "416":
      send(416, new Uint8Array(), { "content-range": `bytes */${file.length}` });
      break;
    case "404 later":
      send(404, new TextEncoder().encode("<h1>gone</h1>"));
      break;
    case "500":
      send(500, new Uint8Array());
      break;
    case "wrong range":
      send(206, content, { "content-range": `bytes ${start + 1}-${end}/${file.length}` });
      break;
    case "wrong total":
      send(206, content, { "content-range": `bytes ${start}-${end - 1}/${file.length + 1}` });
      break;
    case "no range header":
      response.writeHead(206, { ...whole, "content-length": String(content.length) });
      response.end(content);
      break;
    case "compressed":
      response.writeHead(200, { ...whole, "content-encoding": "gzip" });
      response.end(gzipSync(file));
      break;
    case "compressed range":
      send(206, gzipSync(content), { "content-encoding": "gzip" });
      break;
    case "cut short":
      send(206, content.subarray(0, content.length >> 1), {
        "content-length": String(content.length >> 1),
      });
      break;
    case "hangs up":
      response.writeHead(206, { ...headers, "content-length": String(content.length) });
      response.write(content.subarray(0, content.length >> 1));
      response.destroy();
      break;
    case "too much":
      send(206, (changed ? later : file).subarray(start, Math.min(file.length, end + 100)));
      break;
    default:
      send(206, content);
  }
}
