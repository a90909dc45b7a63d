import { ReadError } from "../errors.ts";
import { throwIfAborted } from "./aborted.ts";
import { parseAddress } from "./address.ts";
import { readBody } from "./body.ts";
import { checkPart, type Pinned, parseContentRange, pinnedOf } from "./http.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { orAborted } from "./or-aborted.ts";
import { statusError, unreachable } from "./refusals.ts";
import { remoteFolder } from "./remote-folder.ts";
import { assertInside, isBareName, type Source } from "./source.ts";
import type { UrlOptions } from "./url.ts";

/** Bytes of the first request: enough for most formats' directories. */
const FIRST = 64 * 1024;

/**
 * Requests that are under way at once to a file and those beside it: as many headers as a list jumps between, but no
 * flood. Browsers send six of them to a server of HTTP/1.1 and keep the others waiting.
 */
const AT_ONCE = 32;

/** What `fromUrl` does, in a module of its own that is loaded with the first address. */
export function openRemote(address: string | URL, options: UrlOptions): Promise<Source> {
  return openIn(createLanes(AT_ONCE), address, options);
}

async function openIn(lanes: Lanes, address: string | URL, options: UrlOptions): Promise<Source> {
  const url = parseAddress(address);
  const ask = options.fetch ?? fetch;
  const name = decodeName(url);
  const { signal, maxWhole = 1024 ** 3 } = options;
  /** Where the parts are asked for: where the first answer came from, until that refuses. */
  let place = url;
  throwIfAborted(signal, name);
  return await orAborted(lanes.run(begin), signal, name);

  async function begin(): Promise<Source> {
    const first = await request(ask, url, name, "GET", [0, FIRST - 1], signal);
    if (first.redirected && first.url !== "") place = new URL(first.url);
    if (first.status === 416) return remote(new Uint8Array(0), 0);
    if (first.status === 200) {
      const bytes = await readBody(first, { file: name, most: maxWhole, signal });
      return remote(bytes, bytes.length);
    }
    const range = parseContentRange(first.headers.get("content-range"));
    const size = range?.total ?? (await sizeByHead(ask, url, name, signal));
    const length = Math.min(FIRST, size);
    checkPart(first, 0, length, size, null, name);
    const pinned = pinnedOf(first, size);
    return remote(await readBody(first, { file: name, length, signal }), size, pinned);
  }

  /** A redirect is followed once; an address that has run out since is asked for again at its beginning. */
  async function part(from: number, to: number, readSignal: AbortSignal | undefined): Promise<Response> {
    if (place !== url) {
      try {
        return await request(ask, place, name, "GET", [from, to], readSignal);
      } catch (error) {
        if (!(error instanceof ReadError) || !["refused", "not-found"].includes(error.code)) throw error;
        place = url;
      }
    }
    return request(ask, url, name, "GET", [from, to], readSignal);
  }

  /** What lies at a path from the file's folder; null when there is nothing. */
  async function beside(path: readonly string[], later?: AbortSignal): Promise<Source | null> {
    try {
      const other = new URL(path.map(encodeURIComponent).join("/"), url);
      return await openIn(lanes, other, { ...options, signal: later });
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      if (url.search !== "" && ["not-found", "refused"].includes(error.code))
        throw unsigned(error, path.join("/"));
      if (error.code === "not-found") return null;
      throw error;
    }
  }

  function remote(head: Uint8Array<ArrayBuffer>, total: number, version?: Pinned): Source {
    const fetched = async (
      offset: number,
      count: number,
      readSignal: AbortSignal | undefined,
    ): Promise<Uint8Array<ArrayBuffer>> => {
      const response = await part(offset, offset + count - 1, readSignal);
      if (response.status !== 206) {
        throw new ReadError(
          "source-changed",
          `The server sent parts before, but now answers ${response.status} to a range.`,
          { file: name, offset },
        );
      }
      checkPart(response, offset, count, total, version ?? null, name);
      return readBody(response, { file: name, length: count, signal: readSignal });
    };
    const source: Source = {
      name,
      size: total,
      async read(offset, count, readSignal) {
        assertInside(source, offset, count, "A read");
        throwIfAborted(readSignal, name);
        if (offset + count <= head.length) return head.slice(offset, offset + count);
        return lanes.run(() => fetched(offset, count, readSignal));
      },
      async identity() {
        // Every answer is compared with this one when it arrives.
        return JSON.stringify(version ?? total);
      },
      sibling: async (other, later) => (isBareName(other) ? beside([other], later) : null),
      folder: remoteFolder(".", beside),
    };
    return source;
  }
}

/** A signature is made for one file: it is not sent for another. */
function unsigned(cause: ReadError, name: string): ReadError {
  return new ReadError(
    "missing-sibling",
    `${JSON.stringify(name)}, which should lie beside it, cannot be read without a signature, and that of the address (what follows its ?) is for one file only: download both. ${cause.message}`,
    { file: name, cause },
  );
}

async function request(
  ask: typeof fetch,
  url: URL,
  file: string,
  method: "GET" | "HEAD",
  range: readonly [number, number] | null,
  signal: AbortSignal | undefined,
): Promise<Response> {
  throwIfAborted(signal, file);
  let response: Response;
  try {
    response = await ask(url, {
      method,
      // Exactly this form is exempt from a CORS preflight.
      headers: range === null ? {} : { range: `bytes=${range[0]}-${range[1]}` },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    throw unreachable(cause, signal, file, url);
  }
  if (url.protocol === "https:" && response.url.startsWith("http:")) {
    await response.body?.cancel();
    throw new ReadError(
      "refused",
      "The server leads on from https to http, where anybody on the way could change the file: download it first.",
      { file },
    );
  }
  const empty = response.status === 416 && range?.[0] === 0;
  if (response.status === 200 || response.status === 206 || empty) return response;
  await response.body?.cancel();
  throw statusError(response, file, url);
}

/** Other servers' pages may read Content-Length but not always Content-Range. */
async function sizeByHead(
  ask: typeof fetch,
  url: URL,
  file: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const response = await request(ask, url, file, "HEAD", null, signal);
  const length = response.headers.get("content-length");
  const size = length === null ? Number.NaN : Number(length);
  if (Number.isSafeInteger(size) && size > 0) return size;
  throw new ReadError(
    "refused",
    "The server sends parts of the file but hides how long it is (no Content-Range or Content-Length): download it first.",
    {
      file,
    },
  );
}

function decodeName(url: URL): string {
  const last = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(last) || url.host || url.href;
  } catch {
    return last;
  }
}
