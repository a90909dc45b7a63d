import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelscope, safetensorsOf, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd } = folder;
const file = safetensorsOf({ "conv1.weight": [4, 3, 3, 3], "big.weight": [512, 512] });

let server: Server;
let address: string;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.range ?? ""}`);
    if (request.url === "/moved.safetensors") {
      response.writeHead(302, { location: "/net.safetensors" });
      return response.end();
    }
    if (request.url === "/private.safetensors") {
      response.writeHead(403);
      return response.end();
    }
    if (!request.url?.startsWith("/net.safetensors")) {
      response.writeHead(404);
      return response.end();
    }
    const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const end = Math.min(Number(last) + 1, file.length);
    response.writeHead(206, { "content-range": `bytes ${first}-${end - 1}/${file.length}`, etag: '"1"' });
    return response.end(file.subarray(Number(first), end));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  folder.remove();
});

describe("an address on the command line", () => {
  it("is listed and exported in parts", async () => {
    const { out, err, code } = await kernelscope(["list", `${address}/net.safetensors`, "--json"], { cwd });
    expect({ err, code }).toEqual({ err: "", code: 0 });
    expect(JSON.parse(out)).toMatchObject({ file: "net.safetensors", layers: [{ name: "conv1" }] });
    // The header and the tail, never the megabyte between.
    expect(asked.length).toBeLessThanOrEqual(2);
    const exported = await kernelscope(["export", `${address}/net.safetensors?x=1`, "conv1", "-o", "c.npy"], {
      cwd,
    });
    expect(exported.code).toBe(0);
    expect((await kernelscope(["c.npy"], { cwd })).out).toContain("OIDHW");
  });

  it("may be without a command, and may lead on", async () => {
    expect((await kernelscope([`${address}/moved.safetensors`], { cwd })).out).toContain("conv1");
  });

  it("says what the server says", async () => {
    const missing = await kernelscope(["list", `${address}/none.safetensors`], { cwd });
    expect(missing.code).toBe(3);
    expect(missing.err).toMatch(/none\.safetensors: The server has no such file \(404/);
    const refused = await kernelscope(["list", `${address}/private.safetensors`], { cwd });
    expect(refused.err).toMatch(/does not allow this file to be read \(403/);
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const nobody = await kernelscope(["list", `http://127.0.0.1:${port}/a.npy`], { cwd });
    expect(nobody.err).toMatch(/no server answers/);
    const wrong = await kernelscope(["list", "hf://org/repo"], { cwd });
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/names no file: expected hf:/);
  });
});
