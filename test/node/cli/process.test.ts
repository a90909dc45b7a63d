import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, kernelscope, npyOf, safetensorsOf, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd, at } = folder;

beforeAll(() => {
  folder.write("m.safetensors", safetensorsOf({ "conv1.weight": [8, 3, 5, 5] }));
  // 65,536 slices: at 40 pixels a weight a PNG of gigapixels, which takes long enough to be interrupted.
  folder.write(
    "large.npy",
    npyOf([3, 3, 256, 256], (index) => Math.sin(index)),
  );
});
afterAll(() => folder.remove());

/** Waits until `condition` holds, at most ten seconds. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error("waited ten seconds in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("interrupted", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "%s during a large picture ends with %i, keeps the old file and leaves nothing",
    async (signal, code) => {
      mkdirSync(at(signal));
      writeFileSync(at(`${signal}/out.png`), "the old picture");
      const child = spawn(
        process.execPath,
        [cli, "draw", "large.npy", "--axis-order", "keras", "--cell", "40", "-o", `${signal}/out.png`],
        { cwd },
      );
      let err = "";
      child.stderr.on("data", (chunk) => {
        err += chunk;
      });
      const ended = once(child, "close");
      await until(() => readdirSync(at(signal)).some((name) => name.endsWith(".tmp")));
      const started = performance.now();
      child.kill(signal);
      expect(await ended).toEqual([code, null]);
      expect(performance.now() - started).toBeLessThan(3000);
      expect(readdirSync(at(signal))).toEqual(["out.png"]);
      expect(readFileSync(at(`${signal}/out.png`), "utf8")).toBe("the old picture");
      expect(err).not.toMatch(/\n\s+at /);
    },
  );
});

describe("pipes", () => {
  it("ends quietly when the reader of standard output leaves", async () => {
    for (const args of [
      ["draw", "large.npy", "--axis-order", "keras", "--json"],
      ["export", "large.npy", "#0", "-o", "-", "--format", "csv"],
    ]) {
      const child = spawn(process.execPath, [cli, ...args], { cwd });
      let err = "";
      child.stderr.on("data", (chunk) => {
        err += chunk;
      });
      const ended = once(child, "close");
      await once(child.stdout, "data");
      child.stdout.destroy();
      expect({
        ended: await ended,
        err: err.replace(/^kernelscope: large\.npy: The file names no axes.*\n/m, ""),
      }).toEqual({ ended: [0, null], err: "" });
    }
  });

  it("does not mind that nobody reads its messages", async () => {
    const child = spawn(process.execPath, [cli, "draw", "m.safetensors", "conv1", "-o", "quiet.png"], {
      cwd,
    });
    child.stderr.destroy();
    expect(await once(child, "close")).toEqual([0, null]);
    expect(existsSync(at("quiet.png"))).toBe(true);
  });

  it("says that standard output cannot be written", async () => {
    const child = spawn(process.execPath, [cli, "list", "m.safetensors"], {
      cwd,
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    });
    let err = "";
    child.stderr?.on("data", (chunk) => {
      err += chunk;
    });
    expect(await once(child, "close")).toEqual([3, null]);
    expect(err).toBe("kernelscope: standard output: It could not be written: the disk is full.\n");
  });

  it("refuses standard input that is no model, cut or empty", async () => {
    for (const input of [Buffer.alloc(0), Buffer.from("hello"), npyOf([3, 3, 4, 4]).subarray(0, 150)]) {
      const { code, err } = await kernelscope(["list", "-"], { cwd, input });
      expect(code).toBe(3);
      expect(err).toMatch(/^kernelscope: standard input: [^\n]+\n$/);
    }
  });
});

describe("a disk that fills up", () => {
  it("keeps the old file and leaves nothing half written", async () => {
    mkdirSync(at("small"));
    writeFileSync(at("small/out.png"), "the old picture");
    // A limit on the size of files fails in the middle of a write, as a full disk does, and needs no rights.
    const command = `trap '' XFSZ; ulimit -f 64; exec "${process.execPath}" "${cli}" draw large.npy --axis-order keras --cell 4 -o small/out.png`;
    const child = spawn("bash", ["-c", command], { cwd });
    let err = "";
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    expect(await once(child, "close")).toEqual([3, null]);
    expect(err).toBe(
      "kernelscope: small/out.png: It could not be written: it is larger than this file system allows.\n",
    );
    expect(readdirSync(at("small"))).toEqual(["out.png"]);
    expect(readFileSync(at("small/out.png"), "utf8")).toBe("the old picture");
  });
});

describe("folders that cannot be written", () => {
  it("are named in one sentence", async () => {
    mkdirSync(at("locked"));
    chmodSync(at("locked"), 0o555);
    // Root may write anywhere: there the test takes a folder that nobody may write.
    const out = process.getuid?.() === 0 ? "/proc/x.png" : "locked/x.png";
    const { code, err } = await kernelscope(["draw", "m.safetensors", "conv1", "-o", out], { cwd });
    expect(code).toBe(3);
    expect(err).toMatch(
      /^kernelscope: (\/proc|locked)\/x\.png: It could not be written: the folder (\/proc|locked) [^\n]+\.\n$/,
    );
    const inside = await kernelscope(["draw", "m.safetensors", "-o", "/proc/new/"], { cwd });
    expect(inside.code).toBe(3);
    expect(inside.err).toMatch(/^kernelscope: \/proc\/new\/: The folder could not be made: [^\n]+\n$/);
  });
});

describe("terminals", () => {
  /** Runs the command in a terminal of its own, by util-linux's script. */
  async function inTerminal(
    command: string,
    env: Record<string, string> = {},
  ): Promise<{ code: number | null; text: string }> {
    const child = spawn("script", ["-qec", `"${process.execPath}" "${cli}" ${command}`, "/dev/null"], {
      cwd,
      env: { PATH: process.env.PATH ?? "", TERM: "xterm-256color", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    const [code] = await once(child, "close");
    return { code, text };
  }

  it("are not written bytes to", async () => {
    for (const command of [
      "draw m.safetensors conv1 -o -",
      "export m.safetensors conv1 -o -",
      "export m.safetensors conv1 -o - --format npz",
    ]) {
      const { code, text } = await inTerminal(command);
      expect(text).toMatch(/^kernelscope: -o -: [^\n]+ would be written to a terminal as bytes: [^\n]+\r\n$/);
      expect(code).toBe(2);
    }
    expect((await inTerminal("export m.safetensors conv1 -o - --format csv")).text).toContain(
      "out,in,depth,height,width,weight",
    );
    expect((await inTerminal("draw m.safetensors conv1 -o - --format svg")).text).toContain("<svg ");
  });

  it("get a picture in the colours they have", async () => {
    expect((await inTerminal("draw m.safetensors conv1 --terminal")).text).toContain("\u001b[38;5;");
    expect(
      (await inTerminal("draw m.safetensors conv1 --terminal", { COLORTERM: "truecolor" })).text,
    ).toContain("\u001b[38;2;");
    expect((await inTerminal("draw m.safetensors conv1 --terminal", { NO_COLOR: "1" })).text).not.toContain(
      "\u001b",
    );
  });
});
