import type { Source } from "./source.ts";

/** How an address is read. */
export interface UrlOptions {
  /** The platform's by default. */
  readonly fetch?: typeof fetch | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Most bytes kept in memory from a server that cannot send parts. Default 1 GB. */
  readonly maxWhole?: number | undefined;
}

/** Bytes of the blocks that are kept: a header far from others is read in one. */
const BLOCK = 16 * 1024;
/** Most bytes that are read ahead of a reader who goes from front to back. */
const AHEAD = 256 * 1024;

/**
 * A file on a server as a source (`https://…`, or `hf://`, `s3://` and `gs://` for public ones), read in parts (HTTP ranges). A server that ignores ranges is read whole once.
 * The requests are simple ones, so that other servers are not asked for permission first (no CORS preflight).
 * Small reads come in blocks of 16 kB, which are kept; whoever reads on gets more at once. Every answer must be of the same version (ETag,
 * Last-Modified, size) as the first.
 *
 * @throws ReadError `not-found`, `refused` (status, CORS, no connection), `limit` or `aborted`; reads also
 * `source-changed` and `source-short`.
 */
export async function fromUrl(address: string | URL, options: UrlOptions = {}): Promise<Source> {
  const [{ openRemote }, { cached }] = await Promise.all([import("./remote.ts"), import("./cached.ts")]);
  return cached(await openRemote(address, options), { blockSize: BLOCK, ahead: AHEAD, together: true });
}
