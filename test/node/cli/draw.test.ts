import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelscope, npyOf, safetensorsOf, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd, at } = folder;

const TENSORS = {
  "conv1.weight": [8, 3, 5, 5],
  "block.0/conv.weight": [2, 8, 3, 3],
  "BLOCK.0_conv.weight": [2, 8, 3, 3],
};

beforeAll(() => {
  folder.write("m.safetensors", safetensorsOf(TENSORS));
  folder.write("k.npy", npyOf([3, 3, 3, 4, 2]));
  folder.write(
    "odd.npy",
    npyOf([3, 3, 1, 2], (index) => (index < 9 ? Number.NaN : index)),
  );
});
afterAll(() => folder.remove());

/** Width and height out of a PNG's header. */
function sizeOf(png: Buffer): readonly [number, number] {
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  expect(png.subarray(-8).toString("latin1")).toBe("IEND\xaeB`\x82");
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

interface JsonTile {
  readonly out: number;
  readonly in: number;
  readonly depth: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly min: number | null;
  readonly max: number | null;
}

interface JsonMontage {
  readonly layer: string;
  readonly width: number;
  readonly height: number;
  readonly range: { readonly min: number; readonly max: number } | null;
  readonly normalize: string;
  readonly tiles: readonly JsonTile[];
}

async function montagesOf(...args: string[]): Promise<readonly JsonMontage[]> {
  const { code, out, err } = await kernelscope(["draw", ...args, "--json"], { cwd });
  expect({ code, notes: err.replace(/^kernelscope: \S+: The file names no axes: .*\n/m, "") }).toEqual({
    code: 0,
    notes: "",
  });
  return JSON.parse(out).montages;
}

describe("where pictures go", () => {
  it("one layer, one file: PNG and SVG", async () => {
    const png = await kernelscope(["draw", "m.safetensors", "conv1", "-o", "one.png"], { cwd });
    expect(png).toMatchObject({ code: 0, out: "" });
    const [width, height] = sizeOf(readFileSync(at("one.png")));
    expect(png.err).toBe(`wrote one.png (${width} x ${height} pixels)\n`);
    const svg = await kernelscope(["draw", "m.safetensors", "conv1", "-o", "one.svg"], { cwd });
    expect(svg.code).toBe(0);
    const text = readFileSync(at("one.svg"), "utf8");
    expect(text).toMatch(/^<svg [\s\S]*<\/svg>\n?$/);
    expect(text.match(/<rect /g)?.length).toBeGreaterThanOrEqual(8 * 3 * 25);
  });

  it("every layer into a folder, under names that are safe and differ without case", async () => {
    const { code, err } = await kernelscope(["draw", "m.safetensors", "-o", "all"], { cwd });
    expect(code).toBe(0);
    expect(readdirSync(at("all")).sort()).toEqual(["BLOCK.0_conv_2.png", "block.0_conv.png", "conv1.png"]);
    expect(err.split("\n")).toHaveLength(4);
    for (const name of readdirSync(at("all"))) sizeOf(readFileSync(at(`all/${name}`)));
  });

  it("chosen layers, by glob and number, as SVG, into a folder that is made on the way", async () => {
    const { code } = await kernelscope(
      ["draw", "m.safetensors", "conv*", "#2", "-o", "a/b/c/", "--format", "svg"],
      { cwd },
    );
    expect(code).toBe(0);
    expect(readdirSync(at("a/b/c"))).toHaveLength(2);
    expect(readFileSync(at("a/b/c/conv1.svg"), "utf8")).toContain("<svg ");
  });

  it("without -o: beside the user, named by file and layer", async () => {
    mkdirSync(at("here"));
    const here = at("here");
    const one = await kernelscope(["draw", "../m.safetensors", "conv1"], { cwd: here });
    expect(one.err).toMatch(/^wrote m-conv1\.png /);
    await kernelscope(["draw", "../k.npy", "--format", "svg"], { cwd: here });
    const all = await kernelscope(["draw", "../m.safetensors"], { cwd: here });
    expect(all.err).toMatch(/^wrote m-kernels\/\S+\.png /);
    expect(readdirSync(here).sort()).toEqual(["k.svg", "m-conv1.png", "m-kernels"]);
    expect(readdirSync(at("here/m-kernels"))).toHaveLength(3);
  });

  it("- is standard output, with the bytes of the file", async () => {
    const { code, stdout, err } = await kernelscope(["draw", "m.safetensors", "conv1", "-o", "-"], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    await kernelscope(["draw", "m.safetensors", "conv1", "-o", "same.png"], { cwd });
    expect(Buffer.compare(stdout, readFileSync(at("same.png")))).toBe(0);
    const svg = await kernelscope(["draw", "m.safetensors", "conv1", "-o", "-", "--format", "svg"], { cwd });
    expect(svg.out).toMatch(/^<svg /);
  });

  it("refuses a folder that is named like a file, and a file where a folder is meant", async () => {
    mkdirSync(at("folder.png"));
    folder.write("plain", "keep me");
    for (const out of ["folder.png", "plain", "plain/"]) {
      const { code, err } = await kernelscope(["draw", "m.safetensors", "conv1", "-o", out], { cwd });
      expect(err, out).toMatch(/^kernelscope: (folder\.png|plain\/?): [^\n]+\n$/);
      expect([2, 3], out).toContain(code);
    }
    expect(readFileSync(at("plain"), "utf8")).toBe("keep me");
    expect(readdirSync(at("folder.png"))).toEqual([]);
    const inside = await kernelscope(["draw", "m.safetensors", "conv1", "-o", "folder.png/"], { cwd });
    expect(inside.code).toBe(0);
    expect(readdirSync(at("folder.png"))).toEqual(["conv1.png"]);
  });

  it("says that a folder is missing or the disk full, and leaves nothing", async () => {
    const missing = await kernelscope(["draw", "m.safetensors", "conv1", "-o", "none/x.png"], { cwd });
    expect(missing).toMatchObject({
      code: 3,
      err: "kernelscope: none/x.png: It could not be written: the folder none does not exist.\n",
    });
    const full = await kernelscope(["draw", "m.safetensors", "conv1", "-o", "/dev/full"], { cwd });
    expect(full).toMatchObject({
      code: 3,
      err: "kernelscope: /dev/full: It could not be written: the disk is full.\n",
    });
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
    expect(existsSync(at("none"))).toBe(false);
    expect(readdirSync(cwd).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("reads the model from standard input", async () => {
    const { code } = await kernelscope(["draw", "-", "conv1", "-o", "piped.png"], {
      cwd,
      input: readFileSync(at("m.safetensors")),
    });
    expect(code).toBe(0);
    await kernelscope(["draw", "m.safetensors", "conv1", "-o", "direct.png"], { cwd });
    expect(Buffer.compare(readFileSync(at("piped.png")), readFileSync(at("direct.png")))).toBe(0);
  });
});

describe("how pictures look", () => {
  it("tells every tile in JSON and writes no file", async () => {
    const before = readdirSync(cwd);
    const [montage] = await montagesOf("k.npy", "--axis-order", "keras", "--cell", "4", "--gap", "1");
    expect(readdirSync(cwd)).toEqual(before);
    expect(montage).toMatchObject({ layer: "k", range: { min: 0, max: 215 }, normalize: "kernel" });
    expect(montage?.tiles).toHaveLength(24);
    const [first, second] = montage?.tiles ?? [];
    // Stored DHWIO: kernel[out, in, d, h, w] = (((d*3 + h)*3 + w)*4 + in)*2 + out.
    expect(first).toMatchObject({ out: 0, in: 0, depth: 0, width: 12, height: 12, min: 0, max: 64 });
    expect(second).toMatchObject({ out: 0, in: 0, depth: 1, min: 72, max: 136 });
    expect(montage?.tiles.at(-1)).toMatchObject({ out: 1, in: 3, depth: 2, min: 151, max: 215 });
    const places = new Set(montage?.tiles.map(({ x, y }) => `${x},${y}`));
    expect(places.size).toBe(24);
  });

  it("takes slices across another axis", async () => {
    const [montage] = await montagesOf("k.npy", "--axis-order", "keras", "--slice-axis", "width");
    expect(montage?.tiles[1]).toMatchObject({ out: 0, in: 0, depth: 1, min: 8, max: 200 });
  });

  it("arranges as the seed does: inPerGroup columns, filled depth fastest", async () => {
    const [montage] = await montagesOf("k.npy", "--axis-order", "keras", "--arrange", "seed");
    const tiles = montage?.tiles ?? [];
    const columns = [...new Set(tiles.map(({ x }) => x))].sort((a, b) => a - b);
    const rows = [...new Set(tiles.map(({ y }) => y))].sort((a, b) => a - b);
    expect([columns.length, rows.length]).toEqual([4, 6]);
    tiles.forEach((tile, index) => {
      expect([columns.indexOf(tile.x), rows.indexOf(tile.y)]).toEqual([index % 4, Math.floor(index / 4)]);
    });
  });

  it("normalises by kernel, filter and slice, and by fixed, symmetric and trimmed ranges", async () => {
    const range = async (...args: string[]) =>
      (await montagesOf("k.npy", "--axis-order", "keras", ...args))[0]?.range;
    expect(await range("--normalize", "filter")).toBeNull();
    expect(await range("--normalize", "slice")).toBeNull();
    expect(await range("--min", "-1.5", "--max", "1e2")).toEqual({ min: -1.5, max: 100 });
    expect(await range("--symmetric")).toEqual({ min: -215, max: 215 });
    const trimmed = await range("--trim", "1");
    expect(trimmed?.min).toBeCloseTo(107.5 - Math.sqrt((216 ** 2 - 1) / 12), 0);
    expect(trimmed?.max).toBeCloseTo(107.5 + Math.sqrt((216 ** 2 - 1) / 12), 0);
  });

  it("changes with every option", async () => {
    const pictures = [
      [],
      ["--colormap", "viridis"],
      ["--rgb"],
      ["--cell", "3"],
      ["--gap", "9"],
      ["--labels"],
      ["--theme", "light"],
      ["--normalize", "slice"],
      ["--arrange", "seed"],
      ["--slice-axis", "height"],
      ["--min", "0", "--max", "10"],
    ];
    const drawn = await Promise.all(
      pictures.map(async (args) =>
        (await kernelscope(["draw", "m.safetensors", "conv1", "-o", "-", ...args], { cwd })).stdout.toString(
          "latin1",
        ),
      ),
    );
    expect(new Set(drawn).size).toBe(pictures.length);
    const [plain, , , small] = drawn.map((text) => sizeOf(Buffer.from(text, "latin1")));
    expect(small?.[0]).toBeLessThan(plain?.[0] ?? 0);
  });

  it("has null for a slice without a number in it", async () => {
    const [montage] = await montagesOf("odd.npy", "--axis-order", "HWOI");
    expect(montage?.tiles).toHaveLength(2);
    expect(JSON.stringify(montage)).not.toContain("NaN");
    const nothing = folder.write(
      "nan.npy",
      npyOf([3, 3, 2, 1], () => Number.NaN),
    );
    const [empty] = await montagesOf(nothing, "--axis-order", "keras");
    expect(empty?.tiles[0]).toMatchObject({ min: null, max: null });
  });

  it("keeps several layers apart in JSON, also beside pictures", async () => {
    const { code, out, err } = await kernelscope(["draw", "m.safetensors", "--json", "-o", "both/"], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(out).montages.map((montage: JsonMontage) => montage.layer)).toEqual([
      "conv1",
      "block.0/conv",
      "BLOCK.0_conv",
    ]);
    expect(err.match(/^wrote both\//gm)).toHaveLength(3);
  });
});

describe("in the terminal", () => {
  const draw = (env: Record<string, string>) =>
    kernelscope(["draw", "m.safetensors", "conv1", "--terminal"], { cwd, env });

  it("draws half blocks in 24-bit colour or 256 grays, by what the terminal can", async () => {
    const rich = await draw({ COLORTERM: "truecolor", TERM: "xterm-256color" });
    expect(rich.code).toBe(0);
    expect(rich.out).toContain("\u001b[38;2;");
    expect(rich.out).toContain("▀");
    const plain = await draw({ TERM: "xterm-256color" });
    expect(plain.out).toContain("\u001b[38;5;");
    expect(plain.out).not.toContain("\u001b[38;2");
  });

  it("writes no escapes under NO_COLOR and on dumb terminals", async () => {
    for (const env of [{ NO_COLOR: "1", COLORTERM: "truecolor" }, { TERM: "dumb" }]) {
      const { code, out } = await draw(env);
      expect(code).toBe(0);
      expect(out).not.toContain("\u001b");
      expect(out.split("\n").length).toBeGreaterThan(10);
    }
    expect((await draw({ FORCE_COLOR: "3", TERM: "dumb" })).out).toContain("\u001b[38;2");
    expect((await draw({ FORCE_COLOR: "0", COLORTERM: "truecolor" })).out).not.toContain("\u001b");
  });

  it("fits the width", async () => {
    const { out } = await draw({ NO_COLOR: "1", COLUMNS: "40" });
    for (const line of out.split("\n")) expect([...line].length).toBeLessThanOrEqual(40);
  });
});
