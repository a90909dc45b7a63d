import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromBytes } from "../../src/index.ts";
import { type Verification, verify } from "../../src/report.ts";
import { writeZip } from "../codec/zip-writer.ts";
import { failureOf } from "../failure.ts";
import { root } from "../imports.ts";
import { npyOf, safetensorsOf } from "../node/cli/run.ts";
import { spawn } from "../spawn.ts";

const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(root, "test/fixtures", name)));
const check = (bytes: Uint8Array<ArrayBuffer>, name: string, tensorBytes?: number): Promise<Verification> =>
  verify(fromBytes(bytes, name), { spawn, tensorBytes });

/** `bytes` with one of them changed. */
function damaged(bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  const changed = bytes.slice();
  changed[at] = changed[at]! ^ 1;
  return changed;
}

describe("verify", () => {
  it("reads every tensor of a sound file", async () => {
    const result = await check(fixture("keras/keras3-seed.keras"), "seed.keras");
    expect(result).toMatchObject({
      format: "keras",
      sound: true,
      problems: [],
      entries: { total: 3, checked: 3, unstated: 0 },
      tensors: { total: 10, read: 10, unreadable: [], unchecked: 0 },
    });
  });

  it("notices a changed byte in weights that are stored in a zip and otherwise read in place", async () => {
    const bytes = fixture("keras/keras3-seed.keras");
    const result = await check(damaged(bytes, bytes.length >> 1), "seed.keras");
    expect(result.sound).toBe(false);
    expect(result.problems).toMatchObject([{ part: "entry", name: "model.weights.h5", code: "malformed" }]);
    expect(result.problems[0]?.message).toContain("checksum (CRC-32)");
  });

  it("names the array whose checksum differs", async () => {
    const bytes = writeZip([
      { name: "a.npy", data: new Uint8Array(npyOf([3, 3, 2, 4])) },
      { name: "b.npy", data: new Uint8Array(npyOf([3, 3, 4, 2])) },
    ]);
    const good = await check(bytes, "a.npz");
    expect(good.tensors).toMatchObject({ read: 2, checksums: { crc32: 2 }, unchecked: 0 });
    const bad = await check(damaged(bytes, 200), "a.npz");
    expect(bad.problems.map(({ part, name }) => [part, name])).toEqual([
      ["entry", "a.npy"],
      ["tensor", "a"],
    ]);
    expect(bad.tensors.read).toBe(1);
  });

  it("says where there is no checksum", async () => {
    const bytes = new Uint8Array(safetensorsOf({ "conv.weight": [2, 3, 3, 3], "conv.bias": [2] }));
    expect((await check(bytes, "a.safetensors")).tensors).toMatchObject({
      read: 2,
      bytes: 224,
      unchecked: 2,
    });
    // Nothing can be noticed there, and nothing is claimed.
    expect((await check(damaged(bytes, bytes.length - 1), "a.safetensors")).sound).toBe(true);
  });

  it("calls a file that breaks its format's rules damaged", async () => {
    const bytes = new Uint8Array(safetensorsOf({ "conv.weight": [2, 3, 3, 3] }));
    const cut = await check(bytes.slice(0, -4), "a.safetensors");
    expect(cut).toMatchObject({ format: null, sound: false, tensors: { total: 0 } });
    expect(cut.problems).toMatchObject([{ part: "file", code: "truncated" }]);
    const zip = fixture("keras/keras3-seed.keras");
    expect((await check(zip.slice(0, -30), "a.keras")).problems).toMatchObject([{ part: "file" }]);
    const gz = fixture("containers/gzip.safetensors.gz");
    expect((await check(damaged(gz, gz.length - 6), "a.gz")).problems).toMatchObject([{ code: "malformed" }]);
    expect((await check(gz, "a.gz")).tensors).toMatchObject({ read: 4, unchecked: 0 });
  });

  it("tells what it does not read from what is damaged", async () => {
    const result = await check(fixture("numpy/mixed.npz"), "mixed.npz");
    expect(result.sound).toBe(true);
    expect(result.tensors.unreadable.map(({ name }) => name)).toEqual(["names"]);
    const small = await check(new Uint8Array(npyOf([3, 3, 2, 4])), "a.npy", 100);
    expect(small.sound).toBe(true);
    expect(small.tensors.unreadable[0]?.reason).toContain("the limit is 100 bytes");
  });

  it("is no verdict on what is no model", async () => {
    await failureOf(check(new TextEncoder().encode("hello, world"), "a.txt"), "unsupported");
  });
});
