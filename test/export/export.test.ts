import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { countRounded } from "../../src/export/cast.ts";
import { encodeCsv } from "../../src/export/csv.ts";
import { encodeJson } from "../../src/export/json.ts";
import { archiveKeys } from "../../src/export/keys.ts";
import { encodeNpy } from "../../src/export/npy.ts";
import { encodeNpz } from "../../src/export/npz.ts";
import { encodeSafetensors } from "../../src/export/safetensors.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import type { KernelShape } from "../../src/model/model.ts";

function kernelOf(
  shape: KernelShape,
  weights: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
  name = "conv",
): Kernel {
  const dtype = weights instanceof Float32Array ? "float32" : "float64";
  return { name, kind: "conv", rank: 3, shape, groups: 1, dtype, weights, frozen: null };
}

function counting(shape: KernelShape, name?: string): Kernel {
  const weights = new Float32Array(shape.reduce((a, b) => a * b)).map((_, index) => index);
  return kernelOf(shape, weights, name);
}

function join(chunks: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([...chunks]));
}

async function joinAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return join(all);
}

function text(chunks: Iterable<Uint8Array>): string {
  return new TextDecoder().decode(join(chunks));
}

/** The header's dict and the data of an .npy, by the format's description. */
function readNpy(bytes: Uint8Array<ArrayBuffer>): { dict: string; data: Uint8Array<ArrayBuffer> } {
  expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const length = (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
  expect((10 + length) % 64).toBe(0);
  return { dict: new TextDecoder().decode(bytes.slice(10, 10 + length)), data: bytes.slice(10 + length) };
}

/** A quiet NaN with a payload, both infinities, minus zero, the smallest subnormal and a third. */
const ODD = new Uint32Array([0x7fc12345, 0x7f800000, 0xff800000, 0x80000000, 1, 0x3eaaaaab]);

describe("encodeNpy", () => {
  it("writes NumPy's header and every bit of a float32 kernel", () => {
    const kernel = kernelOf([1, 2, 1, 1, 3], new Float32Array(ODD.buffer.slice(0)));
    const { dict, data } = readNpy(join(encodeNpy(kernel)));
    expect(dict).toBe(
      `${"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1, 1, 3), }".padEnd(dict.length - 1)}\n`,
    );
    expect([...new Uint32Array(data.buffer)]).toEqual([...ODD]);
  });

  it("rounds float64 to float32 unless told otherwise, and says how many", () => {
    const kernel = kernelOf([1, 1, 1, 1, 4], new Float64Array([0.5, 0.1, 1e300, Number.NaN]));
    expect(countRounded(kernel)).toBe(2);
    const narrow = readNpy(join(encodeNpy(kernel))).data;
    expect([...new Float32Array(narrow.buffer)]).toEqual([
      0.5,
      Math.fround(0.1),
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
    const wide = readNpy(join(encodeNpy(kernel, { dtype: "float64" })));
    expect(wide.dict).toContain("'descr': '<f8'");
    expect([...new Float64Array(wide.data.buffer)]).toEqual([0.5, 0.1, 1e300, Number.NaN]);
  });

  it("streams a kernel larger than a chunk in order", () => {
    const kernel = counting([64, 64, 3, 7, 7]);
    const chunks = [...encodeNpy(kernel)];
    expect(chunks.length).toBeGreaterThan(2);
    const { data } = readNpy(join(chunks));
    expect(Buffer.compare(data, new Uint8Array(kernel.weights.buffer))).toBe(0);
  });
});

describe("encodeNpz", () => {
  it("holds one .npy a layer, under its name, the same bytes every time", async () => {
    const kernels = [
      counting([2, 1, 1, 2, 2], "a/conv"),
      counting([1, 1, 1, 1, 3], "b"),
      counting([1, 1, 1, 1, 1], "b"),
    ];
    const bytes = await joinAll(encodeNpz(kernels));
    expect(Buffer.compare(bytes, await joinAll(encodeNpz(kernels)))).toBe(0);
    const entries = unzipSync(bytes);
    expect(Object.keys(entries)).toEqual(["a/conv.npy", "b.npy", "b_2.npy"]);
    const { dict, data } = readNpy(new Uint8Array(entries["a/conv.npy"] ?? []));
    expect(dict).toContain("'shape': (2, 1, 1, 2, 2)");
    expect([...new Float32Array(data.buffer)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("encodeSafetensors", () => {
  it("lays tensors end to end behind an aligned header", () => {
    const bytes = join(
      encodeSafetensors([counting([2, 1, 1, 2, 2], "a"), counting([1, 1, 1, 1, 3], "__metadata__")]),
    );
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.slice(8, 8 + length)));
    expect(header.a).toEqual({ dtype: "F32", shape: [2, 1, 1, 2, 2], data_offsets: [0, 32] });
    expect(header.kernel).toEqual({ dtype: "F32", shape: [1, 1, 1, 1, 3], data_offsets: [32, 44] });
    expect(header.__metadata__.axes).toBe("out,inPerGroup,depth,height,width");
    expect(bytes.length).toBe(8 + length + 44);
    expect([...new Float32Array(bytes.slice(8 + length).buffer)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2]);
  });
});

describe("encodeCsv", () => {
  it("has a line a weight, with its indices", () => {
    const kernel = kernelOf([1, 2, 1, 1, 3], new Float32Array(ODD.buffer.slice(0)));
    expect(text(encodeCsv(kernel)).split("\n")).toEqual([
      "out,in,depth,height,width,weight",
      "0,0,0,0,0,nan",
      "0,0,0,0,1,inf",
      "0,0,0,0,2,-inf",
      "0,1,0,0,0,-0.0",
      "0,1,0,0,1,1.401298464324817e-45",
      "0,1,0,0,2,0.3333333432674408",
      "",
    ]);
  });

  it("writes every line of a kernel longer than a chunk", () => {
    const lines = text(encodeCsv(counting([40, 10, 3, 5, 4])))
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(24001);
    expect(lines.at(-1)).toBe("39,9,2,4,3,23999");
    expect(lines[8193]).toBe("13,6,1,3,0,8192");
  });
});

describe("encodeJson", () => {
  it("nests weights in canonical axes and stays JSON whatever the weights are", () => {
    const shape: KernelShape = [2, 3, 2, 2, 3];
    const read = JSON.parse(text(encodeJson(counting(shape, 'q"\u0001'))));
    expect(read).toMatchObject({ name: 'q"\u0001', kind: "conv", dtype: "float32", shape, groups: 1 });
    expect(read.weights[1][2][1][0]).toEqual([66, 67, 68]);
    expect(read.weights.flat(4)).toEqual(Array.from({ length: 72 }, (_, index) => index));
    expect([read.weights.length, read.weights[0].length, read.weights[0][0].length]).toEqual([2, 3, 2]);
    const odd = text(encodeJson(kernelOf([1, 2, 1, 1, 3], new Float32Array(ODD.buffer.slice(0)))));
    expect(JSON.parse(odd).weights.flat(4).slice(0, 4)).toEqual(["NaN", "Infinity", "-Infinity", -0]);
  });
});

describe("archiveKeys", () => {
  it.each([
    [
      ["conv1", "conv1", "CONV1"],
      ["conv1", "conv1_2", "CONV1_3"],
    ],
    [
      ["/etc/passwd", "../../x", "a/./b", "c\\d:e"],
      ["etc/passwd", "__/__/x", "a/_/b", "c_d_e"],
    ],
    [
      ["", "\u0000", "\ud800"],
      ["kernel", "_", "__2"],
    ],
  ])("turns %j into %j", (layers, keys) => {
    expect(archiveKeys(layers.map((name) => counting([1, 1, 1, 1, 1], name)))).toEqual(keys);
  });
});
