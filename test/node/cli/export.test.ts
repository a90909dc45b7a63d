import { readdirSync, readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelscope, npyOf, safetensorsOf, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd, at } = folder;

beforeAll(() => {
  folder.write(
    "m.safetensors",
    safetensorsOf({ "conv1.weight": [2, 3, 3, 3], "conv2.weight": [4, 2, 1, 1] }),
  );
  folder.write(
    "k.npy",
    npyOf([3, 3, 3, 4, 2], (index) => index / 7),
  );
  const wide = Buffer.concat([
    Buffer.from(npyOf([1]))
      .subarray(0, 128)
      .fill(" ", 10, 127),
    Buffer.from(new Float64Array([0.5, 0.1]).buffer),
  ]);
  wide.write("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1, 2), }", 10, "latin1");
  folder.write("wide.npy", wide);
});
afterAll(() => folder.remove());

/** Dict and float32 values of an .npy. */
function npy(file: Uint8Array): { readonly dict: string; readonly values: readonly number[] } {
  const bytes = new Uint8Array(file);
  const start = 10 + (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
  const dict = new TextDecoder().decode(bytes.subarray(10, start));
  return { dict, values: [...new Float32Array(bytes.slice(start).buffer)] };
}

describe("kernelscope export", () => {
  it("writes an .npy in canonical axes, bit for bit", async () => {
    const { code, out, err } = await kernelscope(
      ["export", "k.npy", "k", "--axis-order", "DHWIO", "-o", "out.npy"],
      { cwd },
    );
    expect({ code, out, err }).toEqual({
      code: 0,
      out: "",
      err: "wrote out.npy (2 x 4 x 3 x 3 x 3, float32)\n",
    });
    const { dict, values } = npy(readFileSync(at("out.npy")));
    expect(dict).toContain("'descr': '<f4', 'fortran_order': False, 'shape': (2, 4, 3, 3, 3)");
    const expected: number[] = [];
    for (let o = 0; o < 2; o++)
      for (let i = 0; i < 4; i++)
        for (let p = 0; p < 27; p++) expected.push(Math.fround(((p * 4 + i) * 2 + o) / 7));
    expect(values).toEqual(expected);
  });

  it("writes what Kernelscope reads again: .npy, .npz and .safetensors", async () => {
    for (const name of ["again.npy", "again.npz", "again.safetensors"]) {
      expect((await kernelscope(["export", "m.safetensors", "conv1", "-o", name], { cwd })).code).toBe(0);
      const back = await kernelscope(
        ["export", name, "*", "--axis-order", "torch", "--format", "csv", "-o", "-"],
        { cwd },
      );
      const first = await kernelscope(["export", "m.safetensors", "conv1", "--format", "csv", "-o", "-"], {
        cwd,
      });
      expect(back.out, name).toBe(first.out);
      expect(first.out.split("\n")).toHaveLength(2 * 3 * 9 + 2);
    }
  });

  it("puts several layers into one archive, or into a folder", async () => {
    await kernelscope(["export", "m.safetensors", "*", "-o", "both.npz"], { cwd });
    const entries = unzipSync(readFileSync(at("both.npz")));
    expect(Object.keys(entries)).toEqual(["conv1.npy", "conv2.npy"]);
    expect(npy(entries["conv2.npy"] ?? new Uint8Array()).values).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await kernelscope(["export", "m.safetensors", "conv1", "#1", "-o", "both/", "--format", "json"], { cwd });
    expect(readdirSync(at("both")).sort()).toEqual(["conv1.json", "conv2.json"]);
    const { shape, weights } = JSON.parse(readFileSync(at("both/conv2.json"), "utf8"));
    expect(shape).toEqual([4, 2, 1, 1, 1]);
    expect(weights[3][1][0][0][0]).toBe(7);
  });

  it("writes every format to standard output", async () => {
    const run = async (format: string) =>
      (await kernelscope(["export", "m.safetensors", "conv2", "-o", "-", "--format", format], { cwd }))
        .stdout;
    expect(npy(await run("npy")).values).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(Object.keys(unzipSync(await run("npz")))).toEqual(["conv2.npy"]);
    expect((await run("safetensors")).subarray(8).toString()).toMatch(/^\{"__metadata__"/);
    expect((await run("csv")).toString()).toContain("\n3,1,0,0,0,7\n");
    expect(JSON.parse((await run("json")).toString()).name).toBe("conv2");
  });

  it("says when float32 cannot hold a value, and keeps it when told to", async () => {
    const rounded = await kernelscope(
      ["export", "wide.npy", "wide", "--axis-order", "keras", "-o", "narrow.npy"],
      { cwd },
    );
    expect(rounded.code).toBe(0);
    expect(rounded.err).toContain(
      '1 of 2 weights of "wide" (float64) were rounded to float32; --dtype float64 keeps them.',
    );
    const kept = await kernelscope(
      [
        "export",
        "wide.npy",
        "wide",
        "--axis-order",
        "keras",
        "-o",
        "-",
        "--format",
        "csv",
        "--dtype",
        "float64",
      ],
      { cwd },
    );
    expect(kept.err).toBe("");
    expect(kept.out).toContain(",0.1\n");
  });
});
