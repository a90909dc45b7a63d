import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isReadError } from "../../src/errors.ts";
import { isUnfinished, writeWhole } from "../../src/node/write-whole.ts";

let folder = "";
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kernelscope-write-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function sentence(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isReadError(error)) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("writeWhole", () => {
  it("writes text and bytes in order, replaces a file and keeps its mode", async () => {
    writeFileSync(at("a"), "old old old");
    chmodSync(at("a"), 0o640);
    expect(await writeWhole(at("a"), ["one ", new TextEncoder().encode("two"), " größe"])).toBe(15);
    expect(readFileSync(at("a"), "utf8")).toBe("one two größe");
    expect(statSync(at("a")).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("writes through a link to the file it leads to", async () => {
    mkdirSync(at("b"));
    writeFileSync(at("b/real"), "old");
    symlinkSync("b/real", at("link"));
    await writeWhole(at("link"), ["new"]);
    expect(readFileSync(at("b/real"), "utf8")).toBe("new");
    expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
  });

  it("keeps the old file and leaves nothing when the content fails half-way", async () => {
    writeFileSync(at("a"), "old");
    async function* failing() {
      yield "half";
      expect(readdirSync(folder)).toHaveLength(2);
      throw new Error("the kernel ended early");
    }
    await expect(writeWhole(at("a"), failing())).rejects.toThrow("the kernel ended early");
    expect(readFileSync(at("a"), "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("knows its unfinished file while there is one, and stops on request", async () => {
    const unfinished = new Set<string>();
    const stop = new AbortController();
    function* endless() {
      for (;;) {
        yield "x";
        expect([...unfinished].filter((path) => existsSync(path))).toHaveLength(1);
        stop.abort();
      }
    }
    expect(await sentence(writeWhole(at("a"), endless(), { unfinished, signal: stop.signal }))).toContain(
      "stopped",
    );
    expect(unfinished.size).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says why it cannot write", async () => {
    writeFileSync(at("file"), "");
    symlinkSync("nowhere", at("dangling"));
    expect(await sentence(writeWhole(folder, ["x"]))).toBe(
      "It could not be written: it is a folder, and a file was expected.",
    );
    expect(await sentence(writeWhole(at("none/a"), ["x"]))).toBe(
      `It could not be written: the folder ${at("none")} does not exist.`,
    );
    expect(await sentence(writeWhole(at("file/a"), ["x"]))).toBe(
      "It could not be written: a part of the path is a file, not a folder.",
    );
    expect(await sentence(writeWhole(at("dangling"), ["x"]))).toContain("leads nowhere");
    expect(await sentence(writeWhole("a\0b", ["x"]))).toContain("NUL");
    expect(readdirSync(folder).sort()).toEqual(["dangling", "file"]);
  });

  it("says that the disk is full, and never replaces a device by a file", async () => {
    expect(await sentence(writeWhole("/dev/full", ["x"]))).toBe("It could not be written: the disk is full.");
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
    expect(await writeWhole("/dev/null", ["x".repeat(1000)])).toBe(1000);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("gives unfinished files names that are told from others", async () => {
    let seen: readonly string[] = [];
    await writeWhole(at("epoch-0001.safetensors"), async (write) => {
      await write("half");
      seen = readdirSync(folder);
    });
    expect(seen).toHaveLength(1);
    expect(seen.filter(isUnfinished)).toEqual(seen);
    for (const name of ["epoch-0001.safetensors", ".hidden", ".a.tmp", "run.tmp", ".swap.x.tmp"])
      expect(isUnfinished(name), name).toBe(false);
  });
});
