import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { fromUrl, type Source } from "../../src/index.ts";
import { failureOf } from "../failure.ts";

const SIZE = 200_000;
const content = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7919) >> 3);

/** One request as the pretended server saw it. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the pretended server does differently; a function of the request's number, from 0. */
interface Server {
  readonly headers?: (i: number) => Record<string, string>;
  readonly body?: (bytes: Uint8Array<ArrayBuffer>, i: number) => Uint8Array<ArrayBuffer>;
  readonly status?: (i: number) => number | null;
  readonly ranges?: boolean;
  readonly content?: Uint8Array<ArrayBuffer>;
  /** Headers that a page of another origin may not see. */
  readonly hidden?: readonly string[];
  readonly seen?: Seen[];
}

function pretend(server: Server = {}): typeof fetch {
  const seen = server.seen ?? [];
  const whole = server.content ?? content;
  return async (input, init = {}) => {
    const i = seen.length;
    const sent = Object.fromEntries(new Headers(init.headers));
    const method = init.method ?? "GET";
    seen.push({ method, url: String(input), headers: sent });
    init.signal?.throwIfAborted();
    const status = server.status?.(i) ?? null;
    if (status !== null && status !== 206) return new Response("no", { status });
    const match = /^bytes=(\d+)-(\d+)$/.exec(sent.range ?? "");
    const headers = new Headers({
      etag: '"1"',
      "content-length": String(whole.length),
      ...server.headers?.(i),
    });
    if (method === "HEAD") return new Response(null, { status: 200, headers });
    if (match === null || server.ranges === false)
      return new Response(server.body?.(whole, i) ?? whole, { status: 200, headers });
    const [first, last] = [Number(match[1]), Math.min(Number(match[2]), whole.length - 1)];
    if (first >= whole.length)
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${whole.length}` } });
    const part = whole.slice(first, last + 1);
    const body = server.body?.(part, i) ?? part;
    headers.set("content-length", String(body.length));
    if (!headers.has("content-range")) headers.set("content-range", `bytes ${first}-${last}/${whole.length}`);
    for (const name of server.hidden ?? []) headers.delete(name);
    return new Response(body, { status: 206, headers });
  };
}

const ADDRESS = "https://example.org/models/my%20net.safetensors?token=1";
const at = (server: Server = {}): Promise<Source> => fromUrl(ADDRESS, { fetch: pretend(server) });
const later =
  <T>(value: T, otherwise: T) =>
  (i: number) =>
    i > 0 ? value : otherwise;

describe("fromUrl", () => {
  it("reads parts by simple range requests", async () => {
    const seen: Seen[] = [];
    const source = await at({ seen });
    expect(source).toMatchObject({ name: "my net.safetensors", size: SIZE });
    expect(await source.read(150_000, 1000)).toEqual(content.subarray(150_000, 151_000));
    expect(await source.read(10, 20)).toEqual(content.subarray(10, 30));
    expect(await source.read(SIZE - 1, 1)).toEqual(content.subarray(SIZE - 1));
    // Exempt from a CORS preflight: GET, and no header but a range of this very form. Blocks of 64 kB are kept.
    expect(await source.read(160_000, 10)).toEqual(content.subarray(160_000, 160_010));
    expect(seen).toEqual([
      { method: "GET", url: ADDRESS, headers: { range: "bytes=0-65535" } },
      { method: "GET", url: ADDRESS, headers: { range: "bytes=147456-163839" } },
      { method: "GET", url: ADDRESS, headers: { range: `bytes=196608-${SIZE - 1}` } },
    ]);
  });

  it("refuses reads outside the file without asking the server", async () => {
    const seen: Seen[] = [];
    const source = await at({ seen });
    await failureOf(source.read(SIZE - 1, 2), "truncated", "200001");
    await failureOf(source.read(-1, 2), "truncated");
    await failureOf(source.read(0.5, 2), "truncated");
    expect(seen.length).toBe(1);
  });

  it("reads files smaller than the first request, and empty ones", async () => {
    const small = await at({ content: content.slice(0, 100) });
    expect(small.size).toBe(100);
    expect(await small.read(90, 10)).toEqual(content.subarray(90, 100));
    const empty = await at({ content: new Uint8Array(0) });
    expect(empty.size).toBe(0);
    expect(await empty.read(0, 0)).toEqual(new Uint8Array(0));
  });

  it("takes the whole file from a server without ranges, up to a limit", async () => {
    const seen: Seen[] = [];
    const source = await at({ ranges: false, seen });
    expect(source.size).toBe(SIZE);
    expect(await source.read(150_000, 1000)).toEqual(content.subarray(150_000, 151_000));
    expect(seen.length).toBe(1);
    const ask = (headers: Record<string, string>) =>
      fromUrl(ADDRESS, { fetch: pretend({ ranges: false, headers: () => headers }), maxWhole: 1000 });
    await failureOf(ask({}), "limit", "1000");
    // A length that is announced is believed only when it is too large.
    await failureOf(ask({ "content-length": "10" }), "limit", "1000");
  });

  it("asks for the length when the server hides Content-Range from other pages", async () => {
    const seen: Seen[] = [];
    const source = await at({ hidden: ["content-range"], seen });
    expect(source.size).toBe(SIZE);
    expect(seen.map(({ method }) => method)).toEqual(["GET", "HEAD"]);
    expect(await source.read(100_000, 5)).toEqual(content.subarray(100_000, 100_005));
    await failureOf(
      at({ hidden: ["content-range"], headers: () => ({ "content-length": "" }) }),
      "refused",
      "how long",
    );
  });

  it.each([
    [404, "not-found", "404"],
    [410, "not-found", "410"],
    [401, "refused", "does not allow"],
    [403, "refused", "403"],
    [500, "refused", "500"],
    [203, "refused", "203"],
  ] as const)("says what status %i means", async (status, code, mention) => {
    await failureOf(at({ status: () => status }), code, mention);
  });

  it("explains a request that never arrives", async () => {
    const fetch = async () => Promise.reject(new TypeError("Failed to fetch"));
    await failureOf(fromUrl(ADDRESS, { fetch }), "refused", "CORS", "Download");
  });

  it("refuses what is no address", async () => {
    await failureOf(fromUrl("model.safetensors"), "bad-option", "model.safetensors");
  });

  it.each([
    ["another ETag", { headers: (i: number) => ({ etag: `"${i}"` }) }],
    ["another time", { headers: later({ "last-modified": "Tue" }, { "last-modified": "Mon" }) }],
    [
      "another length",
      {
        headers: later({ "content-range": `bytes 100000-100009/${SIZE + 1}` } as Record<string, string>, {}),
      },
    ],
    ["the whole file at once", { status: later<number | null>(200, null) }],
  ])("notices %s", async (_, server) => {
    const source = await at(server as Server);
    await failureOf(source.read(100_000, 10), "source-changed");
  });

  it.each([
    [
      "fewer bytes",
      { body: (bytes: Uint8Array<ArrayBuffer>, i: number) => (i > 0 ? bytes.slice(1) : bytes) },
    ],
    [
      "more bytes",
      {
        body: (bytes: Uint8Array<ArrayBuffer>, i: number) => (i > 0 ? Uint8Array.from([...bytes, 1]) : bytes),
      },
    ],
    [
      "other bytes",
      { headers: later({ "content-range": `bytes 5-14/${SIZE}` } as Record<string, string>, {}) },
    ],
  ])("does not take %s than asked for", async (_, server) => {
    const source = await at(server as Server);
    await failureOf(source.read(100_000, 10), "source-short");
  });

  it("refuses parts of a compressed form", async () => {
    await failureOf(at({ headers: () => ({ "content-encoding": "gzip" }) }), "refused", "compressed", "gzip");
  });

  it("stops when the caller gives up", async () => {
    const signal = AbortSignal.abort();
    await failureOf(fromUrl(ADDRESS, { fetch: pretend(), signal }), "aborted");
    const source = await at();
    await failureOf(source.read(100_000, 10, signal), "aborted");
    const controller = new AbortController();
    const hanging: typeof fetch = (_, init) =>
      new Promise((_, reject) =>
        init?.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError"))),
      );
    const asked = fromUrl(ADDRESS, { fetch: hanging, signal: controller.signal });
    controller.abort();
    await failureOf(asked, "aborted");
  });

  it.each([
    [
      "https://b.s3.amazonaws.com/a.npy",
      '"ExposeHeaders":["Content-Range","Accept-Ranges","Content-Length","ETag"]',
    ],
    ["gs://bucket/a.npy", '"responseHeader":["Range","Content-Range"'],
    ["https://example.org/a.npy", "Access-Control-Expose-Headers: Content-Range"],
  ])("says what the owner of %s would have to allow", async (address, rule) => {
    const fetch = async () => Promise.reject(new TypeError("Failed to fetch"));
    await failureOf(fromUrl(address, { fetch }), "refused", "CORS", rule);
  });

  it.each([
    ["ENOTFOUND", "no server of that name"],
    ["ECONNREFUSED", "no server answers"],
    ["EWHATEVER", "EWHATEVER"],
  ])("says what the network means by %s", async (code, mention) => {
    const cause = Object.assign(new Error("x"), { code });
    const fetch = async () => Promise.reject(new TypeError("fetch failed", { cause }));
    const error = await failureOf(fromUrl(ADDRESS, { fetch }), "refused", mention);
    expect(error.message).not.toContain("CORS");
  });

  it("says why hubs and buckets refuse", async () => {
    const fetch = pretend({ status: () => 401 });
    await failureOf(fromUrl("hf://org/repo/a.npy", { fetch }), "refused", "gated", "hf download");
    const forbidden = pretend({ status: () => 403 });
    await failureOf(fromUrl("s3://bucket/a.npy", { fetch: forbidden }), "refused", "signed address");
    await failureOf(
      (await at({ status: later<number | null>(416, null) })).read(100_000, 9),
      "source-changed",
    );
    await failureOf(at({ status: () => 429 }), "refused", "later");
  });

  it("reads on where the first answer came from, and asks again when that has run out", async () => {
    const seen: Seen[] = [];
    const inner = pretend({ seen });
    let expired = false;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const moved = String(input).startsWith("https://cdn.example/");
      const response = expired && moved ? new Response("", { status: 403 }) : await inner(input, init);
      if (expired && moved) seen.push({ method: "GET", url: String(input), headers: {} });
      Object.defineProperty(response, "url", { value: "https://cdn.example/x?signature=1" });
      Object.defineProperty(response, "redirected", { value: !moved });
      return response;
    };
    const source = await fromUrl(ADDRESS, { fetch });
    await source.read(70_000, 10);
    expired = true;
    await source.read(150_000, 10);
    await source.read(199_999, 1);
    const moved = "https://cdn.example/x?signature=1";
    expect(seen.map(({ url }) => url)).toEqual([ADDRESS, moved, moved, ADDRESS, ADDRESS]);
  });

  it("is not led from https to http", async () => {
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await pretend()(input, init);
      Object.defineProperty(response, "url", { value: "http://example.org/x" });
      return response;
    };
    await failureOf(fromUrl(ADDRESS, { fetch }), "refused", "https to http");
  });

  it("sends no signature for another file, and says so", async () => {
    const source = await at({ status: (i) => (i > 0 ? 403 : null) });
    await failureOf(
      source.sibling!("shard.safetensors"),
      "missing-sibling",
      "signature",
      "shard.safetensors",
    );
  });

  it("finds siblings in the same folder only", async () => {
    const seen: Seen[] = [];
    const server = { seen, status: (i: number) => (i === 2 ? 404 : null) };
    const source = await fromUrl(ADDRESS.replace(/[?].*/, ""), { fetch: pretend(server) });
    expect((await source.sibling!("shard 1#a.safetensors"))?.name).toBe("shard 1#a.safetensors");
    expect(seen[1]!.url).toBe("https://example.org/models/shard%201%23a.safetensors");
    expect(await source.sibling!("missing")).toBeNull();
    for (const name of ["../x", "a/b", "", "..", "a\\b", "https://evil.example/x"])
      expect(await source.sibling!(name)).toBeNull();
    expect(seen.length).toBe(3);
  });

  it("reads from a real server with the platform's fetch", async () => {
    const headers: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      headers.push(request.headers.range, request.headers["accept-encoding"]);
      const [first, last] = /(\d+)-(\d+)/.exec(request.headers.range!)!.slice(1).map(Number) as [
        number,
        number,
      ];
      const end = Math.min(last + 1, SIZE);
      response.writeHead(206, { "content-range": `bytes ${first}-${end - 1}/${SIZE}` });
      response.end(content.subarray(first, end));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as { port: number };
      const source = await fromUrl(`http://127.0.0.1:${port}/a.npy`);
      expect(source.size).toBe(SIZE);
      expect(await source.read(120_000, 70_000)).toEqual(content.subarray(120_000, 190_000));
      expect(headers).toEqual(["bytes=0-65535", "identity", "bytes=114688-196607", "identity"]);
    } finally {
      server.close();
    }
  });
});
