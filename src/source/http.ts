import { ReadError } from "../errors.ts";

/** What an answer says about the version of the content. */
export interface Pinned {
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly total: number;
}

/** `bytes a-b/total`. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  /** Null for `*`. */
  readonly total: number | null;
}

/** Reads a Content-Range header; null when there is none that can be read. */
export function parseContentRange(header: string | null): ContentRange | null {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header?.trim() ?? "");
  if (match === null) return null;
  return {
    first: Number(match[1]),
    last: Number(match[2]),
    total: match[3] === "*" ? null : Number(match[3]),
  };
}

/** The version that `response` is of. */
export function pinnedOf(response: Response, total: number): Pinned {
  return { etag: response.headers.get("etag"), lastModified: response.headers.get("last-modified"), total };
}

/**
 * Throws unless a 206 answer is the part that was asked for, unencoded, and of the pinned version. Headers that
 * a page may not see (CORS) cannot be compared; the length of the body still is.
 */
export function checkPart(
  response: Response,
  offset: number,
  length: number,
  total: number,
  pinned: Pinned | null,
  file: string,
): void {
  const encoding = response.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new ReadError(
      "refused",
      `The server sends parts of a compressed form (${encoding}) of the file, which cannot be put together: download it first.`,
      {
        file,
        offset,
      },
    );
  }
  const range = parseContentRange(response.headers.get("content-range"));
  if (range !== null) {
    if (range.total !== null && range.total !== total)
      throw changed(`${total} bytes`, `${range.total} bytes`, file, offset);
    if (range.first !== offset || range.last !== offset + length - 1) {
      throw new ReadError(
        "source-short",
        `The server was asked for bytes ${offset} to ${offset + length - 1} and sent ${range.first} to ${range.last}.`,
        { file, offset },
      );
    }
  }
  if (pinned === null) return;
  const now = pinnedOf(response, total);
  for (const key of ["etag", "lastModified"] as const) {
    if (pinned[key] !== null && now[key] !== null && pinned[key] !== now[key])
      throw changed(pinned[key], now[key], file, offset);
  }
}

function changed(before: string, after: string, file: string, offset: number): ReadError {
  return new ReadError(
    "source-changed",
    `The file on the server changed while it was read (${before} before, ${after} now): open it again.`,
    { file, offset },
  );
}
