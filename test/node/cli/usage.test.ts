import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../imports.ts";
import { kernelscope, npyOf, safetensorsOf, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
let model = "";

beforeAll(() => {
  model = folder.write(
    "m.safetensors",
    safetensorsOf({ "conv1.weight": [4, 3, 3, 3], "conv2.weight": [2, 4, 3, 3] }),
  );
  folder.write("k.npy", npyOf([3, 3, 4, 2]));
});
afterAll(() => folder.remove());

/** Commands that open a weight file. */
const READING = ["list", "summary", "explain", "draw", "export"];
const COMMANDS = [...READING, "train", "resume", "evaluate"];

describe("help", () => {
  it.each([[[]], [["--help"]], [["-h"]], [["help"]]])(
    "kernelscope %j names every command, with examples and exit codes",
    async (args) => {
      const { code, out, err } = await kernelscope(args);
      expect(code).toBe(0);
      expect(err).toBe("");
      for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command} `, "m"));
      expect(out).toContain("Examples:");
      expect(out).toContain("  130  interrupted");
    },
  );

  it.each(READING)("kernelscope %s says how to name axes", async (command) => {
    expect((await kernelscope([command, "--help"])).out).toContain("--axis-order");
  });

  it.each(COMMANDS.flatMap((command) => [[[command, "--help"]], [["help", command]], [[command, "-h"]]]))(
    "kernelscope %j has options and examples",
    async (args) => {
      const { code, out, err } = await kernelscope(args);
      expect(code).toBe(0);
      expect(err).toBe("");
      expect(out).toContain("Usage: kernelscope ");
      expect(out).toMatch(/Examples:\n {2}kernelscope /);
    },
  );

  it("has examples that are right: their options exist", async () => {
    for (const command of COMMANDS) {
      const { out } = await kernelscope([command, "--help"]);
      const [before = "", after = ""] = out.split("Examples:");
      for (const [option] of after.matchAll(/(?<= )--?[a-z][\w-]*/g))
        expect(before, `${command} ${option}`).toContain(option);
    }
  });

  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    for (const option of ["--version", "-V"])
      expect(await kernelscope([option])).toMatchObject({ code: 0, out: `${version}\n` });
  });
});

describe("wrong usage", () => {
  it.each([
    [["list"], "missing required argument 'FILE'"],
    [["list", "FILE", "k.npy"], "too many arguments"],
    [["list", "FILE", "--jsn"], "Did you mean --json?"],
    [["--frobnicate"], "unknown option '--frobnicate'"],
    [["lsit"], '"lsit" is neither a command nor a file; did you mean "list"?'],
    [["exprot", "FILE"], 'did you mean "export"?'],
    [["list", "FILE", "--axis-order"], "argument missing"],
    [["list", "FILE", "--axis-order", "caffe"], "It is keras, torch, or O and I"],
    [["list", "FILE", "--axis-order", "HHIO"], "It is keras, torch, or O and I"],
    [["draw", "FILE", "--colourmap", "gray"], "Did you mean --colormap?"],
    [
      ["draw", "FILE", "--colormap", "jet"],
      "It is gray, viridis, magma, inferno, cividis, RdBu, RdBu_r, PuOr or signed",
    ],
    [["draw", "FILE", "--colormap", "virids"], "you may mean viridis"],
    [["draw", "FILE", "--slice-axis", "z"], "It is depth, height or width"],
    [["draw", "FILE", "--arrange", "grid"], "It is aligned or seed"],
    [["draw", "FILE", "--normalize", "layer"], "It is kernel, filter or slice"],
    [["draw", "FILE", "--min", "low"], "It is a number"],
    [["draw", "FILE", "--max", "1e999"], "It is a number"],
    [["draw", "FILE", "--min", "2", "--max", "1"], "--min 2 is not below --max 1"],
    [["draw", "FILE", "--min", "1", "--max", "1"], "--min 1 is not below --max 1"],
    [["draw", "FILE", "--trim", "0"], "It is a number above 0"],
    [["draw", "FILE", "--cell", "0"], "It is a whole number from 1 to 1024"],
    [["draw", "FILE", "--cell", "1.5"], "It is a whole number from 1 to 1024"],
    [["draw", "FILE", "--cell", "1e9"], "It is a whole number from 1 to 1024"],
    [["draw", "FILE", "--gap", "-1"], "It is a whole number from 0 to 1024"],
    [["draw", "FILE", "--theme", "blue"], "It is dark or light"],
    [["draw", "FILE", "--format", "gif"], "It is png or svg"],
    [["draw", "FILE", "conv1", "-o", "x.jpg"], "Files that end in .jpg are not written here"],
    [["draw", "FILE", "-o", "x.png"], "2 layers do not fit one .png"],
    [["draw", "FILE", "-o", "-"], "2 layers do not fit one .png"],
    [["draw", "FILE", "conv1", "--json", "--terminal"], "both write to standard output"],
    [["draw", "FILE", "conv1", "-o", "-", "--json"], "both write to standard output"],
    [["draw", "FILE", "conv1", "-o", "x.png", "--format", "svg"], "does not fit the name's ending"],
    [["draw", "FILE", "conv2", "--rgb", "-o", "x.png"], "rgb merges three inputs"],
    [["export", "FILE", "-o", "k.npy"], "missing required argument 'LAYER'"],
    [["export", "FILE", "conv1"], "required option '-o, --out <path>' not specified"],
    [["export", "FILE", "conv1", "-o", "k.png"], "end the name in .npy, .npz, .safetensors, .csv, .json"],
    [["export", "FILE", "*", "-o", "k.npy"], "2 layers do not fit one .npy"],
    [["export", "FILE", "conv1", "-o", "k.npy", "--dtype", "float16"], "It is float32 or float64"],
    [["export", "FILE", "conv1", "-o", "k.npy", "--format", "csv"], "does not fit the name's ending"],
    [["export", "FILE", "conv1", "-o", "m.safetensors"], "It is the file that is read"],
  ])("%j ends with 2 and one sentence", async (args, sentence) => {
    const { code, out, err } = await kernelscope(
      args.map((word) => (word === "FILE" ? model : word)),
      { cwd: folder.path },
    );
    expect(err).toContain(sentence);
    expect(err).toMatch(/^kernelscope: [^\n]+\n$/);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

describe("files that cannot be read", () => {
  it.each(["list", "summary", "explain", "draw"])("%s ends with 3 and names the file", async (command) => {
    const outcome = await kernelscope([command, "nowhere.h5"], { cwd: folder.path });
    expect(outcome).toMatchObject({
      code: 3,
      out: "",
      err: "kernelscope: nowhere.h5: There is no such file or folder.\n",
    });
  });

  it("says what is wrong with empty, strange and cut files, folders and devices", async () => {
    folder.write("empty.h5", "");
    folder.write("text.npy", "hello, I am no array\n");
    folder.write("cut.safetensors", safetensorsOf({ "conv1.weight": [4, 3, 3, 3] }).subarray(0, 300));
    folder.write("cut.npy", npyOf([3, 3, 4, 2]).subarray(0, 200));
    const cases: readonly (readonly [string, RegExp])[] = [
      ["empty.h5", /^kernelscope: empty\.h5: The file is empty \(0 bytes\)\.\n$/],
      ["text.npy", /^kernelscope: text\.npy: The file [^\n]+ its first bytes are 68 65 6c 6c 6f/],
      ["cut.safetensors", /^kernelscope: cut\.safetensors: [^\n]+\n$/],
      ["cut.npy", /^kernelscope: cut\.npy: [^\n]+\n$/],
      [".", /^kernelscope: \.: It holds several models: "cut\.npy", .* Say which one with --entry/],
      ["/dev/null", /^kernelscope: \/dev\/null: It is a device; Kernelscope opens regular files\.\n$/],
    ];
    for (const [file, sentence] of cases) {
      const { code, out, err } = await kernelscope(["list", file], { cwd: folder.path });
      expect(err).toMatch(sentence);
      expect(err).not.toMatch(/\n\s+at |Error:/);
      expect({ file, code, out }).toEqual({ file, code: 3, out: "" });
    }
  });

  it("shows control characters of a file's name as escapes", async () => {
    const { code, err } = await kernelscope(["list", "no\u001b[31m\u202ename.h5"], { cwd: folder.path });
    expect({ code, err }).toEqual({
      code: 3,
      err: "kernelscope: no\\x1b[31m\\u202ename.h5: There is no such file or folder.\n",
    });
  });
});

describe("layers that do not exist", () => {
  it.each([
    [["draw", "FILE", "conv11"], 'There is no layer "conv11"; did you mean "conv1"'],
    [["explain", "FILE", "#2"], 'There is no layer "#2": the file has layers #0 to #1.'],
    [
      ["export", "FILE", "zz*", "-o", "k.npz"],
      'There is no layer "zz*"; the file has 2 layers: "conv1", "conv2".',
    ],
    [["draw", "FILE", "conv1", "nothing", "-o", "out/"], 'There is no layer "nothing"'],
  ])("%j ends with 4", async (args, sentence) => {
    const { code, out, err } = await kernelscope(
      args.map((word) => (word === "FILE" ? model : word)),
      { cwd: folder.path },
    );
    expect(err).toContain(sentence);
    expect({ code, out }).toEqual({ code: 4, out: "" });
  });
});
