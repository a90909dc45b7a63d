import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../../imports.ts";
import { kernelscope, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd } = folder;
const seed = join(root, "examples/seed.keras");
afterAll(() => folder.remove());

describe("the seed network", () => {
  it("has the summary of Keras 2.2.5, row for row", async () => {
    const { code, out } = await kernelscope(["summary", seed, "--style", "keras2"], { cwd });
    expect(code).toBe(0);
    const rows: readonly (readonly [string, string, string])[] = [
      ["conv3d_10 (Conv3D)", "(None, 56, 56, 1, 2)", "56"],
      ["activation_16 (Activation)", "(None, 56, 56, 1, 2)", "0"],
      ["conv3d_11 (Conv3D)", "(None, 56, 56, 1, 4)", "220"],
      ["activation_17 (Activation)", "(None, 56, 56, 1, 4)", "0"],
      ["conv3d_12 (Conv3D)", "(None, 56, 56, 1, 2)", "218"],
      ["activation_18 (Activation)", "(None, 56, 56, 1, 2)", "0"],
      ["flatten_6 (Flatten)", "(None, 6272)", "0"],
      ["dense_12 (Dense)", "(None, 100)", "627300"],
      ["activation_19 (Activation)", "(None, 100)", "0"],
      ["dense_13 (Dense)", "(None, 17)", "1717"],
      ["activation_20 (Activation)", "(None, 17)", "0"],
    ];
    const row = ([layer, shape, count]: readonly [string, string, string]): string =>
      layer.padEnd(29) + shape.padEnd(26) + count.padEnd(10);
    const rule = "_".repeat(65);
    const table = rows.map(row).join(`\n${rule}\n`);
    expect(out).toBe(
      [
        'Model: "sequential_6"',
        rule,
        row(["Layer (type)", "Output Shape", "Param #"]),
        "=".repeat(65),
        table,
        "=".repeat(65),
        "Total params: 629,511",
        "Trainable params: 629,511",
        "Non-trainable params: 0",
        rule,
        "",
      ].join("\n"),
    );
  });

  it("has a boxed summary by default, as wide as COLUMNS allows, and plain text in a pipe", async () => {
    const { out } = await kernelscope(["summary", seed], { cwd });
    expect(out).toContain(`┏${"━".repeat(33)}┳`);
    expect(out).not.toContain("\u001b");
    const wide = await kernelscope(["summary", seed], { cwd, env: { COLUMNS: "120" } });
    expect(Math.max(...wide.out.split("\n").map((line) => [...line].length))).toBe(88);
    expect((await kernelscope(["summary", seed], { cwd, env: { FORCE_COLOR: "2" } })).out).toContain(
      "\u001b[38;5;33mConv3D",
    );
  });

  it("is explained in numbers, with the weights that never learned", async () => {
    const { code, out } = await kernelscope(["explain", seed, "conv3d_12"], { cwd });
    expect(code).toBe(0);
    expect(out).toContain("(3*3*3*4)*2 + 2 = 218 parameters; without the bias 216 = 24 slices of 3x3");
    expect(out).toContain("(n*m*l*k*d)+k");
    expect(out).toContain("16 of 24 slices across width");
    const all = await kernelscope(["explain", seed], { cwd });
    expect(all.out.match(/ is a 3-D convolution/g)).toHaveLength(3);
    const globbed = await kernelscope(["explain", seed, "conv3d_1[01]"], { cwd });
    expect(globbed.out.match(/ is a 3-D convolution/g)).toHaveLength(2);
  });

  it("is drawn as 24 tiles, 16 of them said to be frozen", async () => {
    const { out } = await kernelscope(["draw", seed, "conv3d_12", "--slice-axis", "width", "--json"], {
      cwd,
    });
    const [montage] = JSON.parse(out).montages;
    expect(montage.tiles).toHaveLength(24);
    const { code } = await kernelscope(
      ["draw", seed, "conv3d_12", "--slice-axis", "width", "--labels", "-o", "seed.svg"],
      { cwd },
    );
    expect(code).toBe(0);
    expect(readFileSync(folder.at("seed.svg"), "utf8")).toContain("16 of 24 slices frozen");
  });

  it("tells the same numbers in every form", async () => {
    const csv = (await kernelscope(["export", seed, "conv3d_12", "-o", "-", "--format", "csv"], { cwd })).out
      .trimEnd()
      .split("\n");
    const json = JSON.parse(
      (await kernelscope(["export", seed, "conv3d_12", "-o", "-", "--format", "json"], { cwd })).out,
    );
    const npy = (await kernelscope(["export", seed, "conv3d_12", "-o", "-"], { cwd })).stdout;
    const weights = [...new Float32Array(new Uint8Array(npy).slice(128).buffer)];
    expect(weights).toHaveLength(216);
    expect(csv.slice(1).map((line) => Number(line.split(",")[5]))).toEqual(weights);
    expect(json.weights.flat(4)).toEqual(weights);
  });
});
