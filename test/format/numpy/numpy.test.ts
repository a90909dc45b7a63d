import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBudget, fromBytes, isReadError, open, readKernel } from "../../../src/index.ts";
import { writeZip } from "../../codec/zip-writer.ts";
import { failureOf } from "../../failure.ts";
import { header, writeNumpy } from "./writer.ts";

const opened = (bytes: Uint8Array<ArrayBuffer>, name = "a.npy") => open(fromBytes(bytes, name));
const F4 = "'<f4'";

describe("an npy header", () => {
  it.each([
    ["six bytes", writeNumpy("", 0).slice(0, 6), "truncated"],
    ["a header cut off", writeNumpy(header(F4, "(1,)"), 0).slice(0, 40), "truncated"],
    ["a version of the future", writeNumpy(header(F4, "()"), 4, [4, 0]), "unsupported"],
    ["a version of no past", writeNumpy(header(F4, "()"), 4, [0, 1]), "unsupported"],
    ["values cut off", writeNumpy(header(F4, "(2, 3, 3)"), 71), "truncated"],
    ["a shape larger than the file", writeNumpy(header(F4, "(1000000, 1000000)"), 8), "truncated"],
    [
      "a shape beyond any file",
      writeNumpy(header(F4, "(9007199254740991, 9007199254740991)"), 8),
      "malformed",
    ],
    ["an extent beyond any number", writeNumpy(header(F4, "(99999999999999999999,)"), 8), "malformed"],
    ["a negative extent", writeNumpy(header(F4, "(-1,)"), 8), "malformed"],
    ["an extent that is none", writeNumpy(header(F4, "(nan,)"), 8), "malformed"],
    ["a shape that is a number", writeNumpy(header(F4, "3"), 12), "malformed"],
    ["a shape in one pair of brackets", writeNumpy(header(F4, "(3)"), 12), "malformed"],
    ["a shape that is a list", writeNumpy(header(F4, "[3]"), 12), "malformed"],
    ["65 axes", writeNumpy(header(F4, `(${"1, ".repeat(65)})`), 4), "limit"],
    ["an expression", writeNumpy(header("__import__('os').system('id')", "()"), 4), "malformed"],
    [
      "an expression in the order",
      writeNumpy("{'descr': '<f4', 'fortran_order': 1 < 2, 'shape': ()}", 4),
      "malformed",
    ],
    ["no dict", writeNumpy("[1, 2]", 4), "malformed"],
    ["no end", writeNumpy("{'descr': '<f4'", 4), "malformed"],
    [
      "a key twice",
      writeNumpy("{'descr': '<f4', 'descr': '<i4', 'fortran_order': False, 'shape': ()}", 4),
      "ambiguous",
    ],
    [
      "a key too many",
      writeNumpy("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}", 4),
      "malformed",
    ],
    ["a key too few", writeNumpy("{'descr': '<f4', 'shape': ()}", 4), "malformed"],
    ["no comma", writeNumpy("{'descr': '<f4' 'fortran_order': False, 'shape': ()}", 4), "malformed"],
    ["Python objects", writeNumpy(header("'|O'", "(2, 3, 3)"), 100), "unsupported"],
    ["a header of 64 kB and one byte", writeNumpy(" ".repeat(65_537), 0, [2, 0]), "limit"],
  ] as const)("is refused: %s", async (_, bytes, code) => {
    expect((await failureOf(opened(bytes), code)).file).toBe("a.npy");
  });

  it.each([
    ["as NumPy 2 writes it", header(F4, "(2, 1, 3)")],
    ["with double quotes", `{"descr": "<f4", "fortran_order": False, "shape": (2, 1, 3)}`],
    ["in another order, without spaces", "{'shape':(2,1,3),'fortran_order':False,'descr':'<f4'}"],
    ["as Python 2 wrote it", header(F4, "(2L, 1L, 3L)")],
    ["with native order", header("'=f4'", "(2, 1, 3)")],
    ["padded to 64 kB", header(F4, "(2, 1, 3)").padEnd(60_000)],
  ])("may be written %s", async (_, text) => {
    const values = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
    for (const version of [
      [1, 0],
      [2, 0],
      [3, 0],
    ] as const) {
      const model = await opened(writeNumpy(text, values, version));
      expect([...(await readKernel(model.layers[0]!)).weights]).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  it("takes the array's name from the file's", async () => {
    const model = await open(fromBytes(writeNumpy(header(F4, "(1, 1, 3)"), 12), "/some/where/conv.1.npy"));
    expect(model.layers[0]!.name).toBe("conv.1");
    expect(model.tensors[0]!.name).toBe("conv.1");
  });

  it("may use ml_dtypes' own words", async () => {
    for (const [word, dtype, size] of [
      ["'bfloat16'", "bfloat16", 2],
      ["'float8_e4m3fn'", "float8_e4m3fn", 1],
      ["'|V2'", "bfloat16", 2],
    ] as const) {
      const model = await opened(writeNumpy(header(word, "(1, 1, 3)"), 3 * size));
      expect(model.tensors[0]!.dtype).toBe(dtype);
      await readKernel(model.layers[0]!);
    }
  });

  it("opens or is refused cleanly, whatever it says", async () => {
    const descr = fc.constantFrom(
      "'<f4'",
      "'>f8'",
      "'|V1'",
      "'<V2'",
      "'|O'",
      "[('a', '<f4')]",
      "'<c8'",
      "'<U3'",
      "'<M8[ns]'",
      "5",
      "''",
      "'<f4",
    );
    const extent = fc
      .oneof(fc.integer({ min: -1, max: 9 }), fc.constantFrom(2 ** 31, 2 ** 53, 1e21))
      .map(String);
    const shape = fc.oneof(
      fc.array(extent, { maxLength: 6 }).map((extents) => `(${extents.join(", ")},)`),
      fc.constantFrom("()", "(,)", "(1)", "((1,),)", "(1,,2)"),
    );
    await fc.assert(
      fc.asyncProperty(descr, shape, fc.boolean(), fc.nat(300), async (type, extents, fortran, size) => {
        const bytes = writeNumpy(header(type, extents, fortran), size);
        try {
          const model = await opened(bytes);
          for (const layer of model.layers) await readKernel(layer, { budget: createBudget({ bytes: 1e6 }) });
        } catch (error) {
          expect(isReadError(error), String((error as Error).stack)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("an npz archive", () => {
  const array = writeNumpy(header(F4, "(2, 1, 3)"), new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer));

  it.each([false, true])(
    "is read stored and deflated (%s), also with a long header and with bytes after the values",
    async (deflate) => {
      const long = writeNumpy(header(F4, "(2, 1, 3)").padEnd(5000), array.subarray(-24));
      const extra = Uint8Array.from([...array, 7, 7]);
      const zip = writeZip([
        { name: "a.npy", data: array, deflate },
        { name: "long.npy", data: long, deflate },
        { name: "extra.npy", data: extra, deflate },
        { name: "folder/", data: new Uint8Array(0) },
        { name: "notes.txt", data: new Uint8Array(9), deflate },
      ]);
      const model = await opened(zip, "a.npz");
      expect(model.layers.map(({ name }) => name)).toEqual(["a", "long", "extra"]);
      expect(model.notes.join()).toContain("notes.txt");
      for (const layer of model.layers)
        expect([...(await readKernel(layer)).weights]).toEqual([1, 2, 3, 4, 5, 6]);
    },
  );

  it.each([false, true])(
    "notices a flipped bit in an array when it is read (deflated: %s)",
    async (deflate) => {
      const zip = writeZip([{ name: "a.npy", data: array, deflate }]);
      // From the first byte of the stored values, or of the deflated ones, which all depend on each other.
      const start = 30 + "a.npy".length + (deflate ? 0 : array.length - 24);
      const end = deflate ? new DataView(zip.buffer).getUint32(18, true) + 35 : start + 24;
      for (let i = start; i < end; i++) {
        const damaged = zip.slice();
        damaged[i] = damaged[i]! ^ 16;
        try {
          const model = await opened(damaged, "a.npz");
          // A header may have become one of no kernel; but no kernel with other values is ever given.
          if (deflate && model.layers.length === 0) continue;
          const { weights } = await readKernel(model.layers[0]!);
          expect(deflate, `byte ${i}`).toBe(true);
          expect([...weights]).toEqual([1, 2, 3, 4, 5, 6]);
        } catch (error) {
          expect(isReadError(error), `byte ${i}: ${error}`).toBe(true);
        }
      }
    },
  );

  it("is refused when an array is larger than its entry", async () => {
    for (const deflate of [false, true]) {
      const zip = writeZip([
        { name: "a.npy", data: writeNumpy(header(F4, "(100000, 100000)"), 64), deflate },
      ]);
      await failureOf(opened(zip, "a.npz"), "truncated", "40000000000");
    }
  });

  it("lists what it can when one array cannot be read", async () => {
    const zip = writeZip([
      { name: "objects.npy", data: writeNumpy(header("'|O'", "(2, 3, 3)"), 10) },
      { name: "future.npy", data: writeNumpy(header(F4, "()"), 4, [9, 0]) },
      { name: "secret.npy", data: array, central: { flags: 1 } },
      { name: "packed.npy", data: array, central: { method: 93 } },
      { name: "a.npy", data: array },
    ]);
    const model = await opened(zip, "a.npz");
    expect(model.layers.map(({ name }) => name)).toEqual(["a"]);
    const reasons = model.tensors.map(({ unreadable }) => unreadable ?? "");
    expect(reasons).toEqual([
      expect.stringContaining("pickled"),
      expect.stringContaining("9.0"),
      expect.stringContaining("encrypted"),
      expect.stringContaining("Zstandard"),
      "",
    ]);
  });

  it("is refused when two arrays share a name", async () => {
    const zip = writeZip([
      { name: "a.npy", data: array },
      { name: "a.npy", data: array },
    ]);
    await failureOf(opened(zip, "a.npz"), "ambiguous", "a.npy");
  });
});
