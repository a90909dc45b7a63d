import { readFile, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { ReadError } from "../index.ts";

/** What the bytes in a `.part` file are part of. */
export interface DownloadVersion {
  readonly address: string;
  /** What `If-Range` takes: a strong ETag or a date; null when the server gives neither. */
  readonly validator: string | null;
  readonly total: number | null;
}

/** The version that a whole answer begins. */
export function begunVersion({ headers }: IncomingMessage, url: URL): DownloadVersion {
  const length = Number(headers["content-length"] ?? Number.NaN);
  return {
    address: url.href,
    validator: validatorOf(headers),
    total: Number.isSafeInteger(length) && length >= 0 ? length : null,
  };
}

/**
 * Checks that a part is the one that was asked for; null when it is of another version, whatever `If-Range` said.
 *
 * @throws ReadError `source-short` when it begins elsewhere
 */
export function continuedVersion(
  { headers }: IncomingMessage,
  known: DownloadVersion,
  done: number,
  url: URL,
): DownloadVersion | null {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers["content-range"]?.trim() ?? "");
  const total = match === null || match[3] === "*" ? known.total : Number(match[3]);
  if (match === null || Number(match[1]) !== done || Number(match[2]) < done) {
    throw new ReadError(
      "source-short",
      `The server was asked for the bytes from ${done} on and sent ${JSON.stringify(headers["content-range"] ?? "no range")}.`,
      { file: url.href },
    );
  }
  const now = validatorOf(headers);
  const changed =
    (known.total !== null && total !== known.total) || (now !== null && now !== known.validator);
  return changed ? null : { ...known, total };
}

/** Weak ETags say that files mean the same, not that their bytes are equal. */
function validatorOf(headers: IncomingMessage["headers"]): string | null {
  const { etag } = headers;
  if (etag !== undefined && /^"[^"]*"$/.test(etag)) return etag;
  return headers["last-modified"] ?? null;
}

/** Where the version of a part stands. */
export function versionFile(part: string): string {
  return `${part}.json`;
}

/** What the part is of; null when that is not known, or it is of another address. */
export async function readVersion(part: string, url: URL): Promise<DownloadVersion | null> {
  try {
    if ((await stat(versionFile(part))).size > 10_000) return null;
    const { address, validator, total } = JSON.parse(await readFile(versionFile(part), "utf8"));
    const fits =
      address === url.href &&
      (validator === null || (typeof validator === "string" && /^[\x20-\x7e]{1,1000}$/.test(validator))) &&
      (total === null || (Number.isSafeInteger(total) && total >= 0));
    return fits ? { address, validator, total } : null;
  } catch {
    return null;
  }
}
