import type { IncomingMessage } from "node:http";
import { ReadError } from "../index.ts";
import { aborted } from "./system-error.ts";

/** Redirects that are followed. */
const MOST_REDIRECTS = 5;

/** How an address is asked. */
export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which the connection is given up. */
  readonly patience: number;
}

/**
 * An answer and its body as the server sends it. Node's `fetch` is of no use here: it unpacks a body that is said to
 * be in `Content-Encoding: gzip`, as some servers say of every .tgz, and then neither sizes nor checksums fit.
 *
 * @throws ReadError `refused` when there is no connection or too many redirects, or one that leaves https; `aborted`
 */
export async function httpGet(address: URL, options: GetOptions): Promise<IncomingMessage> {
  let at = address;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await once(at, options);
    const { location } = response.headers;
    const { statusCode = 0 } = response;
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return response;
    response.destroy();
    at = next(at, location);
  }
  throw new ReadError("refused", `The server redirects more than ${MOST_REDIRECTS} times.`, {
    file: address.href,
  });
}

function next(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
  const safe = to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:");
  if (to !== null && safe) return to;
  throw new ReadError(
    "refused",
    `The server redirects to ${JSON.stringify(location)}, which is not followed: expected https${from.protocol === "http:" ? " or http" : ""}.`,
    { file: from.href },
  );
}

async function once(address: URL, { headers, signal, patience }: GetOptions): Promise<IncomingMessage> {
  const { get } = address.protocol === "https:" ? await import("node:https") : await import("node:http");
  return new Promise((resolve, reject) => {
    const request = get(address, { headers, signal, agent: false, timeout: patience }, resolve);
    request.on("timeout", () => request.destroy(new Error(`nothing came for ${patience / 1000} s`)));
    request.on("error", (cause) => {
      reject(
        signal?.aborted
          ? aborted(address.href)
          : new ReadError("refused", `The server could not be reached: ${cause.message}.`, {
              file: address.href,
              cause,
            }),
      );
    });
  });
}
