import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostsOf } from "../../web/remote-policy.ts";
import { layerRows, openSite, openTab, painted, type Site } from "./browser.ts";
import { safetensorsFile } from "./safetensors-file.ts";
import { serveFolder } from "./static-server.ts";

let site: Site;
let server: Server;
let address: string;
const asked: string[] = [];
const content = safetensorsFile({ "conv1.weight": [4, 3, 3, 3] });

/** A bucket that lets any page read it, and one that does not. */
beforeAll(async () => {
  site = await openSite();
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const [, first = "0", last = "0"] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const end = Math.min(Number(last) + 1, content.length);
    const cors = request.url?.startsWith("/open") === true;
    response.writeHead(206, {
      "content-range": `bytes ${first}-${end - 1}/${content.length}`,
      ...(cors
        ? { "access-control-allow-origin": "*", "access-control-expose-headers": "content-range, etag" }
        : {}),
    });
    response.end(content.subarray(Number(first), end));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await site.close();
});

async function reach(url: string): Promise<string> {
  try {
    await fetch(url, { mode: "no-cors" });
    return "reached";
  } catch {
    return "blocked";
  }
}

describe("a model at an address", () => {
  test("opens by the field on the page, without a preflight", async () => {
    const tab = await openTab(site);
    await tab.page.getByLabel("Or an address").fill(`${address}/open/net.safetensors`);
    await tab.page.getByRole("button", { name: "Open", exact: true }).click();
    await painted(tab.page);
    expect(await tab.page.title()).toBe("net.safetensors · Kernelscope");
    expect(new URL(tab.page.url()).searchParams.get("url")).toBe(`${address}/open/net.safetensors`);
    expect(await layerRows(tab.page).count()).toBe(1);
    expect(new Set(asked)).toEqual(new Set(["GET /open/net.safetensors"]));
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });

  test("opens by ?url= too, and the page can then reach that server and no other", async () => {
    const other = await serveFolder("/nowhere");
    const tab = await openTab(site);
    await tab.page.goto(
      `${site.server.address}?url=${encodeURIComponent(`${address}/open/net.safetensors`)}`,
    );
    await painted(tab.page);
    const [worker] = tab.page.workers();
    expect(await tab.page.evaluate(reach, other.address)).toBe("blocked");
    expect(await worker?.evaluate(reach, other.address)).toBe("blocked");
    expect(await worker?.evaluate(reach, `${address}/open/x`)).toBe("reached");
    expect(other.requests).toEqual([]);
    await tab.close();
    await other.close();
  });

  test("is explained when its server lets no page read it", async () => {
    const tab = await openTab(site);
    await tab.page.goto(
      `${site.server.address}remote.html?url=${encodeURIComponent(`${address}/shut/net.safetensors`)}`,
    );
    await tab.page.locator(".reason", { hasText: "Access-Control-Allow-Origin" }).waitFor();
    await tab.close();
  });

  test("is refused when it is none", async () => {
    const tab = await openTab(site);
    await tab.page.getByLabel("Or an address").fill("net.safetensors");
    await tab.page.getByRole("button", { name: "Open", exact: true }).click();
    await tab.page.getByText("It should begin with https://").waitFor();
    await tab.page.goto(`${site.server.address}remote.html?url=javascript:alert(1)`);
    await tab.page.locator(".reason", { hasText: "is no address that is read" }).waitFor();
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
});

describe("the hosts of an address", () => {
  test.each([
    ["https://example.org/a.npy?x=1", ["https://example.org"]],
    ["http://127.0.0.1:8080/a", ["http://127.0.0.1:8080"]],
    ["hf://org/repo/a", ["https://huggingface.co", "https://*.huggingface.co", "https://*.hf.co"]],
    ["https://huggingface.co/x", ["https://huggingface.co", "https://*.huggingface.co", "https://*.hf.co"]],
    ["s3://bucket/a", ["https://*.amazonaws.com"]],
    ["gs://bucket/a", ["https://storage.googleapis.com"]],
    ["file:///etc/passwd", []],
    ["x", []],
  ])("%s", (text, hosts) => {
    expect(hostsOf(text)).toEqual(hosts);
  });
});
