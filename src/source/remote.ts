import { ReadError } from "../errors.ts";
import { throwIfAborted } from "./aborted.ts";
import { readBody } from "./body.ts";
import { checkPart, type Pinned, parseContentRange, pinnedOf, statusError, unreachable } from "./http.ts";
import { assertInside, type Folder, isBareName, type Source } from "./source.ts";
import type { UrlOptions } from "./url.ts";

/** Bytes of the first request: enough for most formats' directories. */
const FIRST = 64 * 1024;

/** What `fromUrl` does, in a module of its own that is loaded with the first address. */
export async function openRemote(address: string | URL, options: UrlOptions): Promise<Source> {
  const url = parseAddress(address);
  const ask = options.fetch ?? fetch;
  const name = decodeName(url);
  const { signal, maxWhole = 1024 ** 3 } = options;
  const folder = remoteFolder(new URL(".", url), options);
  const first = await request(ask, url, name, "GET", [0, FIRST - 1], signal);
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

  function remote(head: Uint8Array<ArrayBuffer>, total: number, version?: Pinned): Source {
    const source: Source = {
      name,
      size: total,
      async read(offset, count, readSignal) {
        assertInside(source, offset, count, "A read");
        throwIfAborted(readSignal, name);
        if (offset + count <= head.length) return head.slice(offset, offset + count);
        const response = await request(ask, url, name, "GET", [offset, offset + count - 1], readSignal);
        if (response.status !== 206) {
          throw new ReadError(
            "source-changed",
            `The server sent parts before, but now answers ${response.status} to a range.`,
            { file: name, offset },
          );
        }
        checkPart(response, offset, count, total, version ?? null, name);
        return readBody(response, { file: name, length: count, signal: readSignal });
      },
      async identity() {
        // Every answer is compared with this one when it arrives.
        return JSON.stringify(version ?? total);
      },
      sibling: (other, siblingSignal) => folder.file(other, siblingSignal),
      folder,
    };
    return source;
  }
}

/** The folder at `address`: its files are found by name, but a server does not say which there are. */
function remoteFolder(address: URL, options: UrlOptions): Folder {
  const name = decoded(address.pathname);
  return {
    name,
    async entries() {
      throw new ReadError("unsupported", "A server does not list its folders: give the address of a file.", {
        file: name,
      });
    },
    async file(file, signal) {
      if (!isBareName(file)) return null;
      try {
        return await openRemote(new URL(encodeURIComponent(file), address), { ...options, signal });
      } catch (error) {
        if (error instanceof ReadError && error.code === "not-found") return null;
        throw error;
      }
    },
    async folder(inner) {
      return isBareName(inner)
        ? remoteFolder(new URL(`${encodeURIComponent(inner)}/`, address), options)
        : null;
    },
  };
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
    throw unreachable(cause, signal, file);
  }
  const empty = response.status === 416 && range?.[0] === 0;
  if (response.status === 200 || response.status === 206 || empty) return response;
  await response.body?.cancel();
  throw statusError(response, file);
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

function parseAddress(address: string | URL): URL {
  try {
    return new URL(address);
  } catch (cause) {
    throw new ReadError(
      "bad-option",
      `${JSON.stringify(String(address))} is no complete address such as https://example.org/model.safetensors.`,
      { cause },
    );
  }
}

function decodeName(url: URL): string {
  const last = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  return decoded(last) || url.host || url.href;
}

/** The text that a part of an address stands for; the part itself when it stands for none. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
