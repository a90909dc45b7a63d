import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelscope, safetensorsOf, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd } = folder;

beforeAll(() => {
  for (const name of ["net", "two", "none", "pipe", "pipe/unet"]) mkdirSync(folder.at(name));
  const weights = safetensorsOf({ "conv1.weight": [4, 3, 3, 3] });
  folder.write("net/model.safetensors", weights);
  folder.write("net/config.json", "{}");
  folder.write("two/a.safetensors", weights);
  folder.write("two/b.safetensors", safetensorsOf({ "second.weight": [2, 3, 3, 3] }));
  folder.write("none/notes.txt", "x");
  folder.write("pipe/model_index.json", JSON.stringify({ unet: ["d", "U"] }));
  folder.write("pipe/unet/diffusion_pytorch_model.safetensors", weights);
});
afterAll(() => folder.remove());

describe("a folder on the command line", () => {
  it("is listed, explained, drawn and exported like its model", async () => {
    const listed = await kernelscope(["list", "net", "--json"], { cwd });
    expect(JSON.parse(listed.out)).toMatchObject({
      file: "net/model.safetensors",
      layers: [{ name: "conv1" }],
    });
    expect((await kernelscope(["net"], { cwd })).out).toContain("conv1");
    expect((await kernelscope(["explain", "net", "conv1"], { cwd })).code).toBe(0);
    const drawn = await kernelscope(["draw", "net", "conv1", "-o", "c.svg"], { cwd });
    expect({ code: drawn.code, err: drawn.err }).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^wrote c\.svg/),
    });
    expect((await kernelscope(["export", "net", "conv1", "-o", "c.npy"], { cwd })).code).toBe(0);
    expect((await kernelscope(["summary", "net/"], { cwd })).out).toContain("conv1.weight");
  });

  it("names its models when it holds several, and --entry chooses", async () => {
    const { code, err } = await kernelscope(["list", "two"], { cwd });
    expect(code).toBe(3);
    expect(err).toMatch(
      /two: It holds several models: "a\.safetensors", "b\.safetensors"\. Say which one with --entry/,
    );
    const chosen = await kernelscope(["list", "two", "--entry", "b.safetensors", "--json"], { cwd });
    expect(JSON.parse(chosen.out).layers[0].name).toBe("second");
    const missing = await kernelscope(["list", "two", "--entry", "c.safetensors"], { cwd });
    expect(missing.code).toBe(3);
    expect(missing.err).toContain('There is no "c.safetensors" in it');
    const file = await kernelscope(["list", "net/model.safetensors", "--entry", "x"], { cwd });
    expect(file.code).toBe(2);
  });

  it("says what is there when that is no model", async () => {
    const { code, err } = await kernelscope(["list", "none"], { cwd });
    expect(code).toBe(3);
    expect(err).toContain('it holds "notes.txt"');
  });

  it("may be a pipeline of several parts", async () => {
    const { out } = await kernelscope(["list", "pipe", "--json"], { cwd });
    expect(JSON.parse(out)).toMatchObject({ file: "pipe", layers: [{ name: "unet/conv1" }] });
  });
});
