import { mkdirSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createBudget, isReadError } from "../../../src/index.ts";
import type { Context } from "../../../src/node/cli/context.ts";
import { numberParser, parseAxisOrder } from "../../../src/node/cli/options.ts";
import { fileNames, resolveOutput, stemOf } from "../../../src/node/cli/output.ts";
import { createProgress } from "../../../src/node/cli/progress.ts";
import { fromStream } from "../../../src/node/cli/stdin.ts";
import { placesOf, tableLines } from "../../../src/node/cli/table.ts";
import { columnsOf, terminalDepth, usesColor } from "../../../src/node/cli/terminal.ts";
import { temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** A context whose standard error is kept. */
function contextWith(
  env: Record<string, string>,
  isTTY: boolean,
): { readonly context: Context; readonly written: () => string } {
  let text = "";
  const sink = (): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk);
        done();
      },
    });
  const terminal = Object.assign(sink(), { isTTY, columns: 30 });
  const context: Context = {
    stdin: Readable.from([]),
    stdout: terminal,
    stderr: terminal,
    env,
    signal: new AbortController().signal,
    unfinished: new Set(),
  };
  return { context, written: () => text };
}

describe("fileNames", () => {
  it.each([
    [["conv1"], ["conv1"]],
    [
      ["layer1.0.conv1", "a/b/c", "größe"],
      ["layer1.0.conv1", "a_b_c", "größe"],
    ],
    [
      ["../../etc/passwd", "/abs", ".hidden", "-rf", "a\u0000b"],
      ["etc_passwd", "abs", "hidden", "rf", "a_b"],
    ],
    [
      ["", "///", "..."],
      ["layer", "layer_2", "layer_3"],
    ],
    [
      ["CON", "nul", "com1"],
      ["layer_CON", "layer_nul", "layer_com1"],
    ],
    [
      ["a", "A", "a", "a_2"],
      ["a", "A_2", "a_3", "a_2_2"],
    ],
    [
      ["a.", "b .", "\u202ex"],
      ["a", "b_", "x"],
    ],
  ])("makes of %j: %j", (names, made) => {
    expect(fileNames(names)).toEqual(made);
  });

  it("are safe and different whatever the names are", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 20 }), (names) => {
        const made = fileNames(names);
        expect(new Set(made.map((name) => name.toLowerCase())).size).toBe(names.length);
        for (const name of made) {
          expect(name).toMatch(/^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u);
          expect(name).not.toMatch(/\.$/);
          expect(Buffer.byteLength(`.${name}.safetensors.0123456789ab.tmp`)).toBeLessThan(256);
        }
      }),
    );
  });

  it("takes the stem of a model's file for names", () => {
    expect(["a/b/resnet18.safetensors", "m.weights.h5", "-", "noending", ".keras"].map(stemOf)).toEqual([
      "resnet18",
      "m",
      "kernels",
      "noending",
      "kernels",
    ]);
  });
});

describe("resolveOutput", () => {
  it("tells files, folders and standard output", async () => {
    mkdirSync(folder.at("v1.2"));
    folder.write("old.png", "");
    const kind = async (out: string) =>
      (await resolveOutput({ out: out === "-" ? out : folder.at(out), endings: ["png", "svg"] })).kind;
    expect(await kind("-")).toBe("stdout");
    expect(await kind("new.PNG")).toBe("file");
    expect(await kind("old.png")).toBe("file");
    expect(await kind("v1.2")).toBe("folder");
    expect(await kind("new.v1/")).toBe("folder");
    expect(await kind("new")).toBe("folder");
    expect((await resolveOutput({ out: "/dev/null", endings: ["png"] })).kind).toBe("file");
    await expect(resolveOutput({ out: folder.at("x.gif"), endings: ["png"] })).rejects.toThrow(
      "Files that end in .gif",
    );
  });
});

describe("fromStream", () => {
  it("gives any part of what came, in pieces of any size", async () => {
    const bytes = Uint8Array.from({ length: 9_000_000 }, (_, index) => (index * 7) % 251);
    const pieces = [
      bytes.subarray(0, 1),
      bytes.subarray(1, 4_194_303),
      bytes.subarray(4_194_303, 4_194_310),
      bytes.subarray(4_194_310),
    ];
    const source = await fromStream(Readable.from(pieces), createBudget());
    expect(source.size).toBe(bytes.length);
    for (const [offset, length] of [
      [0, 10],
      [4_194_300, 20],
      [8_999_999, 1],
      [9_000_000, 0],
      [1, 8_999_998],
    ] as const) {
      expect(
        Buffer.compare(await source.read(offset, length), bytes.subarray(offset, offset + length)),
        `${offset}`,
      ).toBe(0);
    }
    await expect(source.read(8_999_999, 2)).rejects.toThrow("but the file has 9000000 bytes");
  });

  it("stops at the limit with a way out", async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield new Uint8Array(65536);
      })(),
    );
    try {
      await fromStream(endless, createBudget({ bytes: 10_000_000 }));
      expect.unreachable();
    } catch (error) {
      expect(isReadError(error, "limit") && error.message).toContain("save it as a file and open that");
    }
  });
});

describe("terminals", () => {
  it.each([
    [{}, false, "256", false],
    [{ TERM: "xterm-256color" }, true, "256", true],
    [{ COLORTERM: "truecolor", TERM: "xterm-256color" }, true, "truecolor", true],
    [{ COLORTERM: "truecolor" }, false, "truecolor", false],
    [{ TERM: "dumb" }, true, "none", false],
    [{ NO_COLOR: "1", COLORTERM: "truecolor" }, true, "none", false],
    [{ NO_COLOR: "", TERM: "xterm-256color" }, true, "256", true],
    [{ TERM: "linux" }, true, "none", true],
    [{ FORCE_COLOR: "3" }, false, "truecolor", true],
    [{ FORCE_COLOR: "0", COLORTERM: "truecolor" }, true, "none", false],
  ] as const)("%j, terminal %s: pictures in %s, coloured text %s", (env, isTTY, depth, color) => {
    const { context } = contextWith(env, isTTY);
    expect([terminalDepth(context), usesColor(context)]).toEqual([depth, color]);
  });

  it("are as wide as COLUMNS says, as they are, or 80", () => {
    expect(columnsOf(contextWith({ COLUMNS: "120" }, true).context)).toBe(120);
    expect(columnsOf(contextWith({ COLUMNS: "wide" }, true).context)).toBe(30);
    expect(columnsOf({ env: {}, stdout: new Writable() })).toBe(80);
  });

  it("see progress, and only they", () => {
    let now = 0;
    const run = (env: Record<string, string>, isTTY: boolean): string => {
      const { context, written } = contextWith(env, isTTY);
      now = 0;
      const progress = createProgress(context, () => now);
      progress.show(0, 3, "early");
      now = 1000;
      progress.show(1, 3, "a\u001b[31m very long name of a layer");
      progress.clear();
      progress.clear();
      return written();
    };
    expect(run({}, true)).toBe("\r\u001b[K2/3  a\\x1b[31m very long name\r\u001b[K");
    for (const [env, isTTY] of [
      [{}, false],
      [{ CI: "true" }, true],
      [{ TERM: "dumb" }, true],
    ] as const)
      expect(run(env, isTTY)).toBe("");
  });
});

describe("tables and options", () => {
  it("aligns wide and combining characters", () => {
    expect(placesOf("卷积")).toBe(4);
    expect(placesOf("e\u0301")).toBe(1);
    expect(
      tableLines(
        [{ head: "a" }, { head: "n", right: true }],
        [
          ["卷", "1"],
          ["abc", "10"],
        ],
      ),
    ).toEqual(["a     n", "卷    1", "abc  10"]);
  });

  it("reads axis orders and numbers", () => {
    expect(["keras", "Torch", "dhwio", "HWIM", "WIO"].map(parseAxisOrder)).toEqual([
      "keras",
      "torch",
      "DHWIO",
      "HWIM",
      "WIO",
    ]);
    for (const wrong of ["", "DHWI", "DHWIOO", "OI", "HWMO", "IOM"])
      expect(() => parseAxisOrder(wrong), wrong).toThrow();
    const number = numberParser({});
    expect(["1", "-0.5", "+2", ".5", "1e-3", "3."].map(number)).toEqual([1, -0.5, 2, 0.5, 0.001, 3]);
    for (const wrong of ["", "0x10", "1,5", "Infinity", "NaN", " 1", "1_000"])
      expect(() => number(wrong), wrong).toThrow();
  });
});
