import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isReadError, type ReadErrorCode } from "../../src/errors.ts";
import { fromFile } from "../../src/node/file.ts";

let folder = "";
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kernelscope-file-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function failure(promise: Promise<unknown>): Promise<{ code: ReadErrorCode; message: string }> {
  try {
    await promise;
  } catch (error) {
    if (isReadError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("fromFile", () => {
  it("reads exactly what is asked", async () => {
    writeFileSync(
      at("a.bin"),
      Uint8Array.from({ length: 100 }, (_, index) => index),
    );
    const source = await fromFile(at("a.bin"));
    expect(source.name).toBe(at("a.bin"));
    expect(source.size).toBe(100);
    expect([...(await source.read(97, 3))]).toEqual([97, 98, 99]);
    expect(await source.read(100, 0)).toHaveLength(0);
    for (const [offset, length] of [
      [98, 3],
      [-1, 2],
      [0.5, 1],
      [0, Number.NaN],
      [2 ** 60, 1],
    ] as const) {
      expect((await failure(source.read(offset, length))).code).toBe("truncated");
    }
    await source.close?.();
    expect((await failure(source.read(0, 1))).code).toBe("refused");
  });

  it("refuses what is no regular file, without waiting for it", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    expect(await failure(fromFile(at("pipe")))).toEqual({
      code: "refused",
      message: "It is a pipe; Kernelscope opens regular files.",
    });
    expect((await failure(fromFile(folder))).message).toBe(
      "It is a folder; Kernelscope opens regular files.",
    );
    expect((await failure(fromFile("/dev/zero"))).message).toBe(
      "It is a device; Kernelscope opens regular files.",
    );
  });

  it("says why a path cannot be opened", async () => {
    writeFileSync(at("a"), "");
    symlinkSync(at("loop"), at("loop"));
    expect(await failure(fromFile(at("none")))).toEqual({
      code: "not-found",
      message: "There is no such file or folder.",
    });
    expect((await failure(fromFile(at("a/b")))).code).toBe("not-found");
    expect((await failure(fromFile(at("x".repeat(5000))))).code).toBe("not-found");
    expect((await failure(fromFile("a\0b"))).code).toBe("not-found");
    expect((await failure(fromFile(at("loop")))).code).toBe("refused");
  });

  it("tells a file that was written over, cut or touched from the one that was opened", async () => {
    writeFileSync(at("a"), "0123456789");
    const source = await fromFile(at("a"));
    const before = await source.identity?.();
    expect(await source.identity?.()).toBe(before);
    appendFileSync(at("a"), "x");
    expect(await source.identity?.()).not.toBe(before);
    const grown = await source.identity?.();
    utimesSync(at("a"), new Date(1e9), new Date(1e9));
    expect(await source.identity?.()).not.toBe(grown);
    truncateSync(at("a"), 4);
    expect(await failure(source.read(2, 5))).toMatchObject({ code: "source-short" });
    await source.close?.();
  });

  it("keeps the old bytes of a file that was replaced", async () => {
    writeFileSync(at("a"), "old");
    const source = await fromFile(at("a"));
    const before = await source.identity?.();
    writeFileSync(at("b"), "new");
    renameSync(at("b"), at("a"));
    expect(new TextDecoder().decode(await source.read(0, 3))).toBe("old");
    expect(await source.identity?.()).toBe(before);
    await source.close?.();
  });

  it("stops when told to", async () => {
    writeFileSync(at("a"), "abc");
    const source = await fromFile(at("a"));
    expect((await failure(source.read(0, 1, AbortSignal.abort()))).code).toBe("aborted");
    await source.close?.();
  });
});

describe("siblings", () => {
  it("are regular files of the same folder, by bare name", async () => {
    writeFileSync(at("main.json"), "{}");
    writeFileSync(at("part.bin"), "part");
    const source = await fromFile(at("main.json"));
    const part = await source.sibling?.("part.bin");
    expect(part?.name).toBe(at("part.bin"));
    expect(new TextDecoder().decode(await part?.read(0, 4))).toBe("part");
    expect(await source.sibling?.("none.bin")).toBeNull();
    await part?.close?.();
    await source.close?.();
  });

  it.each(["../secret", "/etc/passwd", "sub/part", "..", ".", "", "a\0b", "c:part", "a\\b", "new\nline"])(
    "refuses the name %j",
    async (name) => {
      writeFileSync(at("main.json"), "{}");
      const source = await fromFile(at("main.json"));
      expect((await failure(source.sibling?.(name) ?? Promise.resolve())).code).toBe("refused");
      await source.close?.();
    },
  );

  it("refuses links, hard links, folders, pipes and devices", async () => {
    mkdirSync(at("in"));
    writeFileSync(at("secret"), "secret");
    writeFileSync(at("in/main.json"), "{}");
    symlinkSync("../secret", at("in/out-link"));
    symlinkSync("main.json", at("in/in-link"));
    symlinkSync("/dev/zero", at("in/device"));
    linkSync(at("secret"), at("in/hard"));
    mkdirSync(at("in/folder"));
    execFileSync("mkfifo", [at("in/pipe")]);
    const source = await fromFile(at("in/main.json"));
    for (const name of ["out-link", "in-link", "device", "hard", "folder", "pipe"]) {
      expect((await failure(source.sibling?.(name) ?? Promise.resolve())).code, name).toBe("refused");
    }
    await source.close?.();
  });

  it("follows links of a model hub's cache, where the main file is one into the same folder", async () => {
    mkdirSync(at("blobs"));
    mkdirSync(at("snapshot"));
    writeFileSync(at("blobs/1"), "{}");
    writeFileSync(at("blobs/2"), "shard");
    writeFileSync(at("secret"), "secret");
    symlinkSync("../blobs/1", at("snapshot/model.index.json"));
    symlinkSync("../blobs/2", at("snapshot/shard"));
    symlinkSync("../secret", at("snapshot/bad"));
    const source = await fromFile(at("snapshot/model.index.json"));
    const shard = await source.sibling?.("shard");
    expect(new TextDecoder().decode(await shard?.read(0, 5))).toBe("shard");
    expect((await failure(source.sibling?.("bad") ?? Promise.resolve())).code).toBe("refused");
    await shard?.close?.();
    await source.close?.();
  });
});
