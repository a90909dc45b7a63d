import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { isReadError } from "../../src/errors.ts";
import { type DownloadOptions, download } from "../../src/node/download.ts";
import { temporaryFolder } from "./cli/run.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** 300 kB that compress badly, so that pieces come one by one. */
const CONTENT = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255));
const OTHER = Buffer.from(CONTENT).fill(7, 0, 200_000).subarray(0, 290_000);
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/**
 * Milliseconds between the last bytes and a cut: time for the other side to take them. It may still miss some, as Node
 * forgets what was not read when a connection breaks.
 */
const CUT_AFTER = 60;

/** What the server has and does; tests change it. */
interface Site {
  content: Buffer;
  etag: string | null;
  modified: string | null;
  ranges: boolean;
  /** Bytes of a body after which the connection is cut; one a request. */
  cuts: number[];
  /** Answers before the file itself. */
  statuses: number[];
  /** Content-Length that is said, if another. */
  length: number | "none" | null;
  /** Ignores If-Range. */
  careless: boolean;
  encoding: string | null;
}

interface Seen {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(change: Partial<Site> = {}) {
  const site: Site = {
    content: CONTENT,
    etag: '"one"',
    modified: null,
    ranges: true,
    cuts: [],
    statuses: [],
    length: null,
    careless: false,
    encoding: null,
    ...change,
  };
  const seen: Seen[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { range, "if-range": ifRange } = request.headers as Record<string, string | undefined>;
    seen.push({ range, ifRange });
    if (request.url === "/moved") return void response.writeHead(302, { location: "/file.tgz" }).end();
    if (request.url === "/round") return void response.writeHead(302, { location: "/round" }).end();
    if (request.url === "/away")
      return void response.writeHead(302, { location: "ftp://example.org/x" }).end();
    const status = site.statuses.shift();
    if (status !== undefined) return void response.writeHead(status).end("no");
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const same = site.careless || ifRange === undefined || ifRange === site.etag || ifRange === site.modified;
    const partial = range !== undefined && site.ranges && same;
    const { content } = site;
    const headers = {
      ...(site.etag === null ? {} : { etag: site.etag }),
      ...(site.modified === null ? {} : { "last-modified": site.modified }),
      ...(site.encoding === null ? {} : { "content-encoding": site.encoding }),
    };
    if (partial && from >= content.length) {
      return void response.writeHead(416, { ...headers, "content-range": `bytes */${content.length}` }).end();
    }
    const body = partial ? content.subarray(from) : content;
    const about = partial ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {};
    const length = site.length === "none" ? {} : { "content-length": site.length ?? body.length };
    response.writeHead(partial ? 206 : 200, { ...headers, ...about, ...length });
    const cut = site.cuts.shift();
    if (cut === undefined) response.end(body);
    else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), CUT_AFTER));
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  closers.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return { site, seen, address: `http://127.0.0.1:${port}/file.tgz` };
}

/** The first byte that a Range asks for. */
const startOf = (range: string | undefined): number => Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1]);

let count = 0;
/** A download to a name of its own. */
function fetcher(options: DownloadOptions = {}) {
  const path = folder.at(`${count++}.tgz`);
  const notes: string[] = [];
  const get = (address: string, more: DownloadOptions = {}) =>
    download(address, path, { pause: 1, onNote: (note) => notes.push(note), ...options, ...more });
  const failure = async (address: string, more: DownloadOptions = {}) => {
    const error: unknown = await get(address, more).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!isReadError(error)) throw new Error(`no ReadError: ${error}`);
    return error;
  };
  const left = () => readdirSync(folder.path).filter((name) => name.includes(path.split("/").at(-1)!));
  return { path, notes, get, failure, left };
}

describe("download", () => {
  it("writes the whole file, says its checksum, and leaves nothing else", async () => {
    const { address, seen } = await serve();
    const { path, get, left, notes } = fetcher();
    const progress: (readonly [number, number | null])[] = [];
    const unfinished = new Set<string>();
    const done = await get(address, { onProgress: (...each) => progress.push(each), unfinished });
    expect(done).toEqual({ path, bytes: 300_000, sha256: sha256(CONTENT) });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(left()).toHaveLength(1);
    expect([notes, unfinished.size]).toEqual([[], 0]);
    expect(progress.at(-1)).toEqual([300_000, 300_000]);
    expect(seen).toEqual([{ range: undefined, ifRange: undefined }]);
  });

  it("goes on by itself when the connection is cut, asking only for the rest", async () => {
    const { address, seen } = await serve({ cuts: [100_000, 50_000] });
    const { path, get } = fetcher();
    expect((await get(address)).sha256).toBe(sha256(CONTENT));
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(seen.map(({ ifRange }) => ifRange)).toEqual([undefined, '"one"', '"one"']);
    const [first, second] = seen.slice(1).map(({ range }) => startOf(range));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(100_000);
    expect(second).toBeGreaterThan(first!);
    expect(second).toBeLessThanOrEqual(first! + 50_000);
  });

  it("keeps what it has when it gives up, and a later call goes on with it", async () => {
    const { address, site, seen } = await serve({ cuts: [100_000], statuses: [] });
    const { path, get, failure, left, notes } = fetcher();
    const error = await failure(address, { attempts: 1 });
    expect(error.code).toBe("refused");
    const [, kept] =
      /^The connection broke after (\d+) bytes of 300000\. \1 bytes are kept in .*\.part: /.exec(
        error.message,
      ) ?? [];
    expect(Number(kept), error.message).toBeGreaterThan(0);
    expect(existsSync(path)).toBe(false);
    expect(left()).toHaveLength(2);
    site.statuses = [503, 404];
    expect((await failure(address)).code).toBe("not-found");
    expect((await get(address)).sha256).toBe(sha256(CONTENT));
    expect(seen.at(-1)).toEqual({ range: `bytes=${kept}-`, ifRange: '"one"' });
    expect(notes).toContain(`It goes on after the ${kept} bytes of ${path}.part.`);
    expect(left()).toHaveLength(1);
  });

  it.each<readonly [string, Partial<Site>, Partial<Site>]>([
    ["has another file now", {}, { content: OTHER, etag: '"two"' }],
    [
      "has a shorter one now, and does not look at If-Range",
      {},
      { content: OTHER.subarray(0, 90_000), careless: true },
    ],
    [
      "has another one of the same size, and does not look at If-Range",
      {},
      { content: Buffer.from(CONTENT).fill(1), etag: '"two"', careless: true },
    ],
    ["cannot send parts any more", {}, { ranges: false }],
    ["never could", { ranges: false }, { ranges: false }],
    ["says nothing that tells files apart", { etag: null }, { content: OTHER, etag: null }],
    ["has only a weak tag", { etag: 'W/"one"' }, { content: OTHER, etag: 'W/"two"' }],
    [
      "has another date now",
      { etag: null, modified: "Mon, 01 Jan 2024 00:00:00 GMT" },
      { content: OTHER, etag: null, modified: "Tue, 02 Jan 2024 00:00:00 GMT" },
    ],
  ])("begins anew when the server %s", async (_, before, after) => {
    const { address, site } = await serve({ ...before, cuts: [100_000] });
    const { path, get, failure, notes } = fetcher();
    await failure(address, { attempts: 1 });
    Object.assign(site, after);
    expect((await get(address)).sha256).toBe(sha256(site.content));
    expect(readFileSync(path).equals(site.content)).toBe(true);
    expect(notes.join()).toMatch(/begins anew|tried again/);
  });

  it("gives up on a server that begins anew and never gets further", async () => {
    const cuts = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 100_000 : 200_000));
    const { address, seen } = await serve({ ranges: false, cuts });
    const error = await fetcher().failure(address);
    expect(error.message).toMatch(/^The connection broke after \d+ bytes of 300000\./);
    // 100 kB, then 200 kB, then three that are no better; or a few more where bytes were missed.
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(seen.length).toBeLessThan(20);
  });

  it("goes on by date where there is no tag", async () => {
    const modified = "Mon, 01 Jan 2024 00:00:00 GMT";
    const { address, seen } = await serve({ etag: 'W/"x"', modified, cuts: [100_000] });
    const { get } = fetcher();
    expect((await get(address)).sha256).toBe(sha256(CONTENT));
    expect(seen.at(-1)?.ifRange).toBe(modified);
    expect(startOf(seen.at(-1)?.range)).toBeGreaterThan(0);
  });

  it("does not take a part of another address, or a note that is damaged, for its own", async () => {
    const { address, seen } = await serve();
    for (const version of [
      { address: "http://127.0.0.1/else", validator: '"one"', total: 300_000 },
      { address, validator: '"one"\r\nx: y', total: 300_000 },
      { address, validator: 5, total: 300_000 },
      "{",
      null,
    ]) {
      const { path, get } = fetcher();
      writeFileSync(`${path}.part`, "not of this file");
      if (version !== null)
        writeFileSync(`${path}.part.json`, typeof version === "string" ? version : JSON.stringify(version));
      expect((await get(address)).sha256).toBe(sha256(CONTENT));
      expect(seen.at(-1)).toEqual({ range: undefined, ifRange: undefined });
    }
  });

  it("finishes a part that was complete without asking again", async () => {
    const { address, seen } = await serve();
    const { path, get } = fetcher();
    writeFileSync(`${path}.part`, CONTENT);
    writeFileSync(`${path}.part.json`, JSON.stringify({ address, validator: '"one"', total: 300_000 }));
    expect((await get(address)).sha256).toBe(sha256(CONTENT));
    expect(seen).toEqual([]);
  });

  it("refuses what is not there, too large, or not what was announced", async () => {
    const missing = await serve({ statuses: [404] });
    const { path, failure, left } = fetcher();
    const error = await failure(missing.address);
    expect([error.code, error.message]).toEqual([
      "not-found",
      "The server has no such file (404 Not Found).",
    ]);
    expect([error.file, existsSync(path)]).toEqual([missing.address, false]);
    expect((await failure((await serve({ statuses: [403] })).address)).code).toBe("refused");
    const large = await serve();
    expect((await failure(large.address, { most: 299_999 })).code).toBe("limit");
    const silent = await serve({ length: "none" });
    expect((await failure(silent.address, { most: 299_999 })).code).toBe("limit");
    // A body that ends early is taken up again, in vain; the server then gives all of it again and again.
    const short = await serve({ length: 300_001, ranges: false, cuts: [300_000, 300_000, 300_000] });
    expect((await failure(short.address, { attempts: 3 })).message).toMatch(/\d+ bytes of 300001/);
    expect(existsSync(path)).toBe(false);
    expect(left().filter((name) => name.includes("lock") || name.includes("tmp"))).toEqual([]);
  });

  it("takes a file whose length nobody says", async () => {
    const { address } = await serve({ length: "none" });
    expect((await fetcher().get(address)).sha256).toBe(sha256(CONTENT));
  });

  it("keeps the bytes as they are sent, whatever encoding the server says they are in", async () => {
    const { address } = await serve({ encoding: "x-gzip" });
    expect((await fetcher().get(address)).sha256).toBe(sha256(CONTENT));
  });

  it("follows redirects, but not everywhere and not for ever", async () => {
    const { address } = await serve();
    const { get, failure } = fetcher();
    const at = (path: string) => address.replace("/file.tgz", path);
    expect((await get(at("/moved"))).sha256).toBe(sha256(CONTENT));
    expect((await failure(at("/round"))).message).toMatch(/more than 5 times/);
    expect((await failure(at("/away"))).message).toMatch(/ftp:.*not followed/);
    for (const bad of ["17flowers.tgz", "file:///etc/passwd", "ftp://example.org/x"])
      expect((await failure(bad)).code).toBe("bad-option");
  });

  it("stops on request, gives up on silence, and says when nobody answers", async () => {
    const { address, site } = await serve({ cuts: [] });
    const stop = new AbortController();
    const { failure, path } = fetcher();
    const onProgress = () => stop.abort();
    expect((await failure(address, { signal: stop.signal, onProgress })).code).toBe("aborted");
    expect(existsSync(path)).toBe(false);
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    closers.push(async () => {
      mute.closeAllConnections();
      mute.close();
    });
    const { port } = mute.address() as AddressInfo;
    const silence = await failure(`http://127.0.0.1:${port}/x`, { patience: 50, attempts: 2 });
    expect(silence.message).toMatch(/nothing came for 0\.05 s/);
    site.statuses = [];
    await closers.shift()!();
    const gone = await failure(address, { attempts: 2 });
    expect([gone.code, /could not be reached/.test(gone.message)]).toEqual(["refused", true]);
  });

  it("is not done twice at once", async () => {
    const { address } = await serve();
    const { get } = fetcher();
    const both = await Promise.allSettled([get(address), get(address)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const rejected = both.find((each) => each.status === "rejected");
    expect(String(rejected?.reason)).toContain("It is being downloaded by process");
  });
});
