import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { afterAll, beforeAll, expect, it } from "vitest";
import { layers, sequential } from "../../../src/train/index.ts";
import { fromBase64, pictures } from "../../train/fixtures.ts";
import { kernelscope, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd } = folder;

/** An archive as Oxford's, of one small picture 1360 times. */
function archive(): Buffer {
  const data = fromBase64(pictures.jpegs[0]!.jpeg);
  const names = Array.from({ length: 1360 }, (_, i) => `jpg/image_${String(i + 1).padStart(4, "0")}.jpg`);
  return gzipSync(createTar(names.map((name) => ({ name, data }))));
}

const packed = archive();
const sha256 = createHash("sha256").update(packed).digest("hex");
let cuts: number[] = [];
const server = createServer(({ headers }, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  const about = from > 0 ? { "content-range": `bytes ${from}-${packed.length - 1}/${packed.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, { etag: '"a"', "content-length": packed.length - from, ...about });
  const cut = cuts.shift();
  if (cut === undefined) response.end(packed.subarray(from));
  else response.write(packed.subarray(from, from + cut), () => setTimeout(() => response.destroy(), 1500));
});
let address = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/17flowers.tgz`;
  const network = sequential([
    layers.conv3d({ filters: 1, kernelSize: 3, strides: 4, padding: "same", inputShape: [9, 12, 3, 1] }),
    layers.flatten(),
    layers.dense({ units: 17, activation: "softmax" }),
  ]);
  folder.write("spec.json", JSON.stringify(network.json));
  folder.write("trap.cjs", TRAP);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  folder.remove();
});

/** Writes a line for every connection that the command makes, wherever to. */
const TRAP = `const net = require("node:net");
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  require("node:fs").appendFileSync(${JSON.stringify(folder.at("connections"))}, "one\\n");
  return connect.apply(this, args);
};`;

const train = (...rest: string[]) =>
  kernelscope(["train", "spec.json", "--epochs", "1", ...rest], {
    cwd,
    env: { NODE_OPTIONS: `--require=${folder.at("trap.cjs")}` },
  });

/** Connections since the last call. */
function connections(): number {
  const file = folder.at("connections");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
  rmSync(file, { force: true });
  return lines;
}

it("without --download, nothing is fetched: it says how the flowers are got, and makes no folder", async () => {
  const { code, err } = await train("--data", "flowers17", "-o", "none");
  expect(code).toBe(3);
  expect(err).toMatch(
    /^kernelscope: 17flowers\.tgz: Oxford's 17 flowers are not here\. kernelscope train --download fetches them/,
  );
  expect([existsSync(folder.at("none")), connections()]).toEqual([false, 0]);
});

it("--download fetches the archive, prints its checksum, and the run trains on it", async () => {
  cuts = [1000];
  const { code, err, out } = await train("--data", "flowers17", "--download", address, "-o", "run");
  expect(code, err).toBe(0);
  const size = packed.length.toLocaleString("en-US");
  expect(err).toBe(
    [
      `downloading ${address} to 17flowers.tgz`,
      `kernelscope: 17flowers.tgz: The connection broke after 1000 bytes of ${packed.length}. It is tried again.`,
      "kernelscope: 17flowers.tgz: It goes on after the 1000 bytes of 17flowers.tgz.part.",
      `downloaded 17flowers.tgz (${size} bytes, sha256 ${sha256})`,
      "wrote run/model.keras (1 epoch)",
      "",
    ].join("\n"),
  );
  expect(out).toContain("34/34 ━");
  expect(readFileSync(folder.at("17flowers.tgz")).equals(packed)).toBe(true);
  expect(JSON.parse(readFileSync(folder.at("run/run.json"), "utf8")).data).toEqual({
    kind: "flowers17",
    path: "17flowers.tgz",
  });
});

it("--download asks nobody when the archive is there", async () => {
  expect(connections()).toBe(2);
  const { code, err } = await train("--data", "flowers17", "--download", "-o", "again");
  expect(code, err).toBe(0);
  expect(err).toContain(
    `It is there already (${packed.length.toLocaleString("en-US")} bytes, sha256 ${sha256}).`,
  );
  expect(connections()).toBe(0);
});

it("--download fetches other archives from where one says, and nothing else", async () => {
  rmSync(folder.at("17flowers.tgz"));
  for (const [args, message] of [
    [["--data", "moving-digits", "--download"], /archive of pictures/],
    [["--data", "pictures.tgz", "--download"], /Say where pictures\.tgz comes from/],
    [["--data", "flowers17", "--download", "spec2.json"], /no address that begins with https/],
  ] as const) {
    const { code, err } = await train(...args, "-o", "wrong");
    expect(code, err).toBe(2);
    expect(err).toMatch(message);
  }
  expect(existsSync(folder.at("wrong"))).toBe(false);
  const { code, err } = await train("--data", "pictures.tgz", "--download", address, "-o", "other");
  // One folder only is one class, which 17 outputs can be trained on all the same.
  expect(code, err).toBe(0);
  expect(readFileSync(folder.at("pictures.tgz")).equals(packed)).toBe(true);
});
