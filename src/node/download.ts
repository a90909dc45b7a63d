import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ReadError } from "../index.ts";
import { begunVersion, continuedVersion, readVersion, versionFile } from "./download-version.ts";
import { httpGet } from "./http-get.ts";
import { takeLock } from "./lock.ts";
import { aborted, systemError } from "./system-error.ts";
import { syncFolder, type WriteOptions, writeWhole } from "./write-whole.ts";

/** How a file is fetched. */
export interface DownloadOptions extends WriteOptions {
  /** More bytes than this are refused. Default 1 GiB. */
  readonly most?: number | undefined;
  /** Connections in a row that bring nothing new before it is given up. Default 4. */
  readonly attempts?: number | undefined;
  /** Milliseconds before the second attempt, twice as many before each later one. Default 1000. */
  readonly pause?: number | undefined;
  /** Milliseconds without a byte after which a connection is taken for cut. Default 60 s. */
  readonly patience?: number | undefined;
  /** `total` is null while the server does not say. */
  readonly onProgress?: ((done: number, total: number | null) => void) | undefined;
  /** Told what is out of the ordinary: that it goes on, or begins anew. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** A file that was fetched. */
export interface Download {
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/**
 * Fetches `address` to `path`. The bytes go to `PATH.part`, which is flushed and renamed when it is complete: `path`
 * is whole or not there. What an earlier call left in `PATH.part` is gone on with (`Range`, `If-Range`) when the
 * server can send parts and still has the same file; otherwise it begins anew. A connection that breaks is taken up
 * again.
 *
 * @throws ReadError `bad-option` for an address that is not http or https, `not-found`, `refused`, `limit`,
 * `source-short` when fewer or more bytes came than the server said, `aborted`
 */
export async function download(
  address: string,
  path: string,
  options: DownloadOptions = {},
): Promise<Download> {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new ReadError("bad-option", `${JSON.stringify(address)} is no address that begins with https://.`);
  }
  const part = `${path}.part`;
  const lock = await takeLock(path, path, "It is being downloaded", options);
  try {
    await fetchPart(url, part, options);
    const sum = await checksum(part);
    await rename(part, path).catch((error: unknown) => {
      throw systemError(error, path, "It could not be written: ");
    });
    await unlink(versionFile(part)).catch(() => undefined);
    await syncFolder(dirname(path));
    return { path, ...sum };
  } finally {
    lock.release();
  }
}

/** Size and SHA-256 of a file, read in pieces. */
export async function checksum(path: string): Promise<Pick<Download, "bytes" | "sha256">> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path)) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (error) {
    throw systemError(error, path);
  }
  return { bytes, sha256: hash.digest("hex") };
}

async function fetchPart(url: URL, part: string, options: DownloadOptions): Promise<void> {
  const { attempts = 4, pause = 1000, signal } = options;
  const handle = await openPart(part);
  try {
    // A server that cannot send parts begins anew each time: only what goes beyond all attempts so far is progress.
    let furthest = (await handle.stat()).size;
    for (let failures = 0; ; ) {
      try {
        await fetchOnce(url, part, handle, options);
        await handle.sync();
        return;
      } catch (error) {
        if (!(error instanceof Cut)) throw error;
        const { size } = await handle.stat();
        failures = size > furthest ? 1 : failures + 1;
        furthest = Math.max(furthest, size);
        if (failures >= attempts) throw givenUp(error, url, part, size);
        options.onNote?.(`${error.message} It is tried again.`);
      }
      await wait(pause * 2 ** (failures - 1), undefined, { signal }).catch(() => {
        throw aborted(url.href);
      });
    }
  } finally {
    await handle.close();
  }
}

/** The connection broke; the next one may bring more. */
class Cut extends Error {}

function givenUp(cut: Cut, url: URL, part: string, bytes: number): ReadError {
  const kept =
    bytes === 0 ? "Try again later." : `${bytes} bytes are kept in ${part}: the same command goes on.`;
  return new ReadError("refused", `${cut.message} ${kept}`, { file: url.href, cause: cut });
}

async function openPart(part: string): Promise<FileHandle> {
  try {
    const handle = await open(part, "a+");
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    throw systemError(error, part, "It could not be written: ");
  }
  throw new ReadError("refused", "It could not be written: it is no file.", { file: part });
}

/** One connection: goes on where the part ends, or begins anew. */
async function fetchOnce(
  url: URL,
  part: string,
  handle: FileHandle,
  options: DownloadOptions,
): Promise<void> {
  const { signal, patience = 60_000, most = 1024 ** 3 } = options;
  const known = await readVersion(part, url);
  let done = (await handle.stat()).size;
  if (known?.total === done && done > 0) return;
  const resumes = done > 0 && known?.validator != null && (known.total === null || done < known.total);
  const range = resumes ? { range: `bytes=${done}-`, "if-range": known.validator! } : {};
  const headers = { "accept-encoding": "identity", "user-agent": "kernelscope", ...range };
  let response: IncomingMessage;
  try {
    response = await httpGet(url, { headers, signal, patience });
  } catch (error) {
    if (signal?.aborted || !(error instanceof ReadError) || !(error.cause instanceof Error)) throw error;
    throw new Cut(error.message, { cause: error.cause });
  }
  try {
    const status = response.statusCode ?? 0;
    if (resumes && status === 416) {
      // The file there has become shorter: what is here is of no use.
      await handle.truncate(0);
      throw new Cut(`The server has nothing after the ${done} bytes that are there.`);
    }
    if (status !== 200 && !(resumes && status === 206)) throw statusError(response, url, part, done);
    const version =
      status === 206 ? continuedVersion(response, known!, done, url) : begunVersion(response, url);
    if (version === null) {
      await handle.truncate(0);
      throw new Cut("The server has another file now.");
    }
    if (status === 206) options.onNote?.(`It goes on after the ${done} bytes of ${part}.`);
    else if (done > 0) {
      options.onNote?.(
        resumes
          ? "It begins anew: the server has another file now, or cannot send parts."
          : `It begins anew: nothing says what the ${done} bytes of ${part} are part of.`,
      );
    }
    if (version.total !== null && version.total > most) throw tooLarge(most, url);
    if (status === 200) {
      await handle.truncate(0);
      done = 0;
      await writeWhole(versionFile(part), [`${JSON.stringify(version)}\n`], options);
    }
    await append(response, { handle, part, done, total: version.total }, { ...options, most }, url);
  } finally {
    response.destroy();
  }
}

/** Takes the body; its end before the announced one is a cut, more than announced an error. */
async function append(
  response: IncomingMessage,
  into: {
    readonly handle: FileHandle;
    readonly part: string;
    readonly done: number;
    readonly total: number | null;
  },
  { signal, onProgress, most }: DownloadOptions & { readonly most: number },
  url: URL,
): Promise<void> {
  const { handle, part, total } = into;
  let { done } = into;
  const body = response[Symbol.asyncIterator]();
  for (;;) {
    const piece = await body.next().catch((cause: unknown) => {
      if (signal?.aborted) throw aborted(url.href);
      throw new Cut(`The connection broke after ${done} bytes${total === null ? "" : ` of ${total}`}.`, {
        cause,
      });
    });
    if (piece.done) break;
    if (done + piece.value.length > most) throw tooLarge(most, url);
    try {
      await handle.appendFile(piece.value);
    } catch (error) {
      throw systemError(error, part, "It could not be written: ");
    }
    done += piece.value.length;
    onProgress?.(done, total);
  }
  if (signal?.aborted) throw aborted(url.href);
  if (total === null || done === total) return;
  if (done < total) throw new Cut(`The connection ended after ${done} bytes of ${total}.`);
  await handle.truncate(0);
  throw new ReadError("source-short", `The server announced ${total} bytes and sent ${done}.`, {
    file: url.href,
  });
}

function statusError(response: IncomingMessage, url: URL, part: string, done: number): Error {
  const { statusCode = 0, statusMessage = "" } = response;
  const said = `${statusCode}${statusMessage === "" ? "" : ` ${statusMessage}`}`;
  const kept = done === 0 ? "" : ` ${done} bytes are kept in ${part}.`;
  const place = { file: url.href };
  if (statusCode === 404 || statusCode === 410)
    return new ReadError("not-found", `The server has no such file (${said}).${kept}`, place);
  if (statusCode === 429 || statusCode >= 500) return new Cut(`The server answered ${said}.`);
  return new ReadError("refused", `The server answered ${said}.${kept}`, place);
}

function tooLarge(most: number, url: URL): ReadError {
  return new ReadError("limit", `The file is larger than ${most} bytes, the most that is downloaded.`, {
    file: url.href,
  });
}
