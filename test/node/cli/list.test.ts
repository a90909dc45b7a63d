import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../imports.ts";
import { kernelscope, npyOf, safetensorsOf, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd } = folder;

beforeAll(() => {
  folder.write(
    "m.safetensors",
    safetensorsOf({ "conv1.weight": [8, 3, 7, 7], "conv1.bias": [8], "up.weight": [16, 8, 1, 1] }),
  );
  folder.write("k.npy", npyOf([3, 3, 3, 4, 2]));
  folder.write("none.safetensors", safetensorsOf({ "fc.weight": [10, 16] }));
  folder.write("hostile.safetensors", safetensorsOf({ "a\u202eb\u0007.weight": [8, 3, 3, 3] }));
});
afterAll(() => folder.remove());

describe("kernelscope list", () => {
  it("prints JSON in the documented form", async () => {
    const { code, out, err } = await kernelscope(["list", "m.safetensors", "--json"], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toEqual({
      file: "m.safetensors",
      format: "safetensors",
      producer: null,
      layers: [
        {
          index: 0,
          name: "conv1",
          kind: "conv",
          rank: 2,
          shape: [8, 3, 1, 7, 7],
          groups: null,
          strides: null,
          padding: null,
          dilation: null,
          dtype: "float32",
          tensor: "conv1.weight",
          axisOrder: "OIHW",
          evidence: "name",
          parameters: { kernel: 1176, bias: 8, total: 1184 },
          slices: 24,
        },
        expect.objectContaining({
          index: 1,
          name: "up",
          parameters: { kernel: 128, bias: 0, total: 128 },
          slices: 128,
        }),
      ],
      totals: {
        layers: 2,
        slices: 152,
        kernelParameters: 1304,
        parameters: 1312,
        trainable: null,
        nonTrainable: null,
      },
    });
  });

  it("prints a table with every layer and the totals", async () => {
    const { code, out } = await kernelscope(["list", "m.safetensors"], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/^#0 {2}conv1 +conv +8 x 3 x 1 x 7 x 7 .* OIHW +name +1,184 +24$/m);
    expect(out).toContain("2 layers, 152 slices, 1,304 kernel weights of 1,312 parameters");
    expect(out).not.toContain("\u001b");
  });

  it("is what a file alone means", async () => {
    const listed = await kernelscope(["list", "k.npy"], { cwd });
    expect(await kernelscope(["k.npy"], { cwd })).toMatchObject({ code: 0, out: listed.out });
    const json = await kernelscope(["--json", "--axis-order", "torch", "k.npy"], { cwd });
    expect(JSON.parse(json.out).layers[0]).toMatchObject({ shape: [3, 3, 3, 4, 2], axisOrder: "OIDHW" });
  });

  it("follows --axis-order, by convention and by letters, and says what it assumed without", async () => {
    const shape = async (...args: string[]) =>
      JSON.parse((await kernelscope(["list", "k.npy", "--json", ...args], { cwd })).out).layers[0].shape;
    expect(await shape("--axis-order", "keras")).toEqual([2, 4, 3, 3, 3]);
    expect(await shape("--axis-order", "DHWIO")).toEqual([2, 4, 3, 3, 3]);
    expect(await shape("--axis-order", "oidhw")).toEqual([3, 3, 3, 4, 2]);
    expect(await shape("--axis-order=DHWOI")).toEqual([4, 2, 3, 3, 3]);
    expect((await kernelscope(["list", "k.npy"], { cwd })).out).toMatch(/^#0: .*--axis-order/m);
    const wrong = await kernelscope(["list", "k.npy", "--axis-order", "OIHW"], { cwd });
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.err).toMatch(/^kernelscope: k\.npy: [^\n]*OIHW[^\n]*\n$/);
  });

  it("reads standard input", async () => {
    const { code, out } = await kernelscope(["list", "-", "--json"], { cwd, input: npyOf([3, 3, 3, 4, 2]) });
    expect(code).toBe(0);
    expect(JSON.parse(out).layers[0].shape).toEqual([2, 4, 3, 3, 3]);
    const large = await kernelscope(["list", "-", "--json"], { cwd, input: npyOf([3, 3, 512, 1024]) });
    expect(JSON.parse(large.out).totals.kernelParameters).toBe(3 * 3 * 512 * 1024);
  });

  it("says that there is nothing to see, without failing", async () => {
    const { code, out } = await kernelscope(["list", "none.safetensors"], { cwd });
    expect(code).toBe(0);
    expect(out).toContain("No convolution layers.");
    expect(
      JSON.parse((await kernelscope(["list", "none.safetensors", "--json"], { cwd })).out),
    ).toMatchObject({
      layers: [],
      totals: { layers: 0, slices: 0, kernelParameters: 0, parameters: 160 },
    });
  });

  it("says what it left out, and why", async () => {
    const fixture = join(root, "test/fixtures/safetensors/dtypes.safetensors");
    const { out } = await kernelscope(["list", fixture], { cwd });
    expect(out).toContain("left out conv_bool.weight: It holds truth values, not weights.");
  });

  it("escapes names in the table and keeps them in JSON", async () => {
    const { out } = await kernelscope(["hostile.safetensors"], { cwd });
    expect(out).toContain("a\\u202eb\\x07");
    for (const hidden of ["\u0007", "\u202e"]) expect(out).not.toContain(hidden);
    const json = JSON.parse((await kernelscope(["hostile.safetensors", "--json"], { cwd })).out);
    expect(json.layers[0].name).toBe("a\u202eb\u0007");
  });
});
