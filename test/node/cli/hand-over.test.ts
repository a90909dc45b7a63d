import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../imports.ts";
import { kernelscope, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd, at } = folder;
afterAll(() => folder.remove());
const run = (...args: string[]) => kernelscope(args, { cwd });

beforeAll(async () => {
  const small = ["--data", "moving-digits:64", "--batch-size", "16", "--epochs", "1"];
  const { code } = await run("train", "--example", "moving-digits", ...small, "-o", "run");
  expect(code).toBe(0);
});

describe("kernelscope export --to", () => {
  it.each([
    ["keras", "m.keras"],
    ["keras-h5", "m.h5"],
    ["safetensors", "m.safetensors"],
  ])("%s writes a file that can be opened again", async (target, name) => {
    expect((await run("export", "run", "--to", target, "-o", name)).code).toBe(0);
    const { code, out } = await run("list", name);
    expect(code).toBe(0);
    expect(out).toContain("12 x 1 x 3 x 3 x 3");
  });

  it("passes a compiled .keras on as it is", async () => {
    expect((await run("export", "run/model.keras", "--to", "keras", "-o", "same.keras")).code).toBe(0);
    expect(readFileSync(at("same.keras")).equals(readFileSync(at("run/model.keras")))).toBe(true);
  });

  it("writes ONNX and a PyTorch module", async () => {
    expect((await run("export", "run", "--to", "onnx", "-o", "m.onnx")).code).toBe(0);
    expect(existsSync(at("m.onnx"))).toBe(true);
    expect((await run("export", "run", "--to", "torch", "-o", "module")).code).toBe(0);
    expect(readdirSync(at("module")).sort()).toEqual(["model.py", "model.safetensors"]);
  });

  it("writes a script with data, optimizer and first loss", async () => {
    const { code, err } = await run(
      "export",
      "run",
      "--to",
      "torch",
      "--script",
      "--epochs",
      "3",
      "-o",
      "on/",
    );
    expect(code).toBe(0);
    expect(readdirSync(at("on")).sort()).toEqual([
      "data.npz",
      "model.py",
      "model.safetensors",
      "optimizer.safetensors",
      "train.py",
    ]);
    const loss = /first loss (\d\.\d{7})/.exec(err)?.[1];
    const script = readFileSync(at("on/train.py"), "utf8");
    expect(script).toContain(`FIRST_LOSS = ${loss?.slice(0, 7)}`);
    expect(script).toContain("DONE = 1 ");
    expect(script).toContain("EPOCHS = 4 ");
    expect((await run("export", "run", "--to", "keras", "--script", "-o", "keras/")).code).toBe(0);
    expect(readdirSync(at("keras")).sort()).toEqual(["data.npz", "model.keras", "train.py"]);
  });

  it.each([
    [["run", "--to", "onnx", "--script", "-o", "x/"], "There is no script for onnx"],
    [["run", "--to", "torch", "-o", "m.pt"], "needs a folder"],
    [["run", "--to", "keras", "-o", "m.h5"], "Files that end in .h5 are not written here"],
    [["run", "motion", "--to", "keras", "-o", "m.keras"], "leave out motion"],
    [["run/model.keras", "--to", "torch", "--script", "-o", "y/"], "Say what the script should train on"],
    [["run/model.keras", "--to", "keras", "-o", "run/model.keras"], "It is the file that is read"],
    [["run", "--to", "tflite", "-o", "m"], "keras-h5"],
  ])("refuses %j", async (args, message) => {
    const { code, err } = await run("export", ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

it("docs/handover.md names every target", () => {
  const text = readFileSync(join(root, "docs/handover.md"), "utf8");
  for (const target of ["keras", "keras-h5", "safetensors", "onnx", "torch"])
    expect(text).toContain(`--to ${target}`);
});
