import { describe, expect, it } from "vitest";
import { swapped } from "../../src/tensor/bytes.ts";
import { decode, decodedSize } from "../../src/tensor/decode.ts";
import { dequantize } from "../../src/tensor/dequantize.ts";
import { byteLengthOf, DTYPES, type DType } from "../../src/tensor/dtype.ts";
import { floatTable } from "../../src/tensor/float-tables.ts";
import { failureOf } from "../failure.ts";

const bytesOf = (array: ArrayBufferView): Uint8Array<ArrayBuffer> =>
  new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);

describe("floatTable", () => {
  // Values by hand from the formats' definitions; the files that PyTorch wrote test every dtype as a whole.
  it.each([
    ["float16", 0x0001, 2 ** -24],
    ["float16", 0x03ff, (1023 / 1024) * 2 ** -14],
    ["float16", 0x0400, 2 ** -14],
    ["float16", 0x3c00, 1],
    ["float16", 0xc000, -2],
    ["float16", 0x7bff, 65504],
    ["float16", 0x7c00, Infinity],
    ["float16", 0xfc00, -Infinity],
    ["float16", 0x7e00, Number.NaN],
    ["float16", 0x8000, -0],
    ["float8_e5m2", 0x7b, 57344],
    ["float8_e5m2", 0x7c, Infinity],
    ["float8_e5m2", 0x7d, Number.NaN],
    ["float8_e5m2", 0x01, 2 ** -16],
    ["float8_e4m3fn", 0x7e, 448],
    ["float8_e4m3fn", 0x7f, Number.NaN],
    ["float8_e4m3fn", 0xff, Number.NaN],
    ["float8_e4m3fn", 0x01, 2 ** -9],
    ["float8_e4m3fn", 0x38, 1],
    ["float8_e4m3fnuz", 0x7f, 240],
    ["float8_e4m3fnuz", 0x80, Number.NaN],
    ["float8_e4m3fnuz", 0x40, 1],
    ["float8_e5m2fnuz", 0x7f, 57344],
    ["float8_e5m2fnuz", 0x80, Number.NaN],
    ["float8_e5m2fnuz", 0x40, 1],
  ] as const)("%s code %i is %d", (name, code, value) => {
    expect(floatTable(name)[code]).toBe(value);
  });

  it("gives all float16 codes as the platform's own reader does, where there is one", () => {
    const table = floatTable("float16");
    const view = new DataView(Uint16Array.from(table, (_, code) => code).buffer) as DataView & {
      getFloat16?(offset: number, littleEndian: boolean): number;
    };
    const wrong: number[] = [];
    for (let code = 0; code < 65536; code++) {
      // By the definition: (-1)^s * 2^(e - 15) * (1 + m / 1024).
      const [sign, e, m] = [code >> 15, (code >> 10) & 31, code & 1023];
      const size =
        e === 31
          ? m === 0
            ? Infinity
            : Number.NaN
          : e === 0
            ? m * 2 ** -24
            : (1 + m / 1024) * 2 ** (e - 15);
      const value = sign ? -size : size;
      if (!Object.is(table[code], value)) wrong.push(code);
      if (view.getFloat16 !== undefined && !Object.is(view.getFloat16(code * 2, true), value))
        wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });
});

describe("decode", () => {
  it("reads int4 packed, the low nibble first", () => {
    expect([...decode(Uint8Array.of(0x8f, 0x07), "int4", 3)]).toEqual([-1, -8, 7]);
    expect([...decode(Uint8Array.of(0x8f, 0x07), "uint4", 3)]).toEqual([15, 8, 7]);
    expect(byteLengthOf("int4", 3)).toBe(2);
  });

  it("reads every kind of integer at its ends", () => {
    expect([...decode(bytesOf(Int8Array.of(-128, 127)), "int8", 2)]).toEqual([-128, 127]);
    expect([...decode(bytesOf(Uint16Array.of(0, 65535)), "uint16", 2)]).toEqual([0, 65535]);
    expect([...decode(bytesOf(Int32Array.of(-(2 ** 31), 2 ** 31 - 1)), "int32", 2)]).toEqual([
      -(2 ** 31),
      2 ** 31 - 1,
    ]);
    expect([...decode(bytesOf(Uint32Array.of(2 ** 32 - 1)), "uint32", 1)]).toEqual([2 ** 32 - 1]);
    expect([...decode(bytesOf(BigInt64Array.of(-(2n ** 63n), 2n ** 53n)), "int64", 2)]).toEqual([
      -(2 ** 63),
      2 ** 53,
    ]);
    expect([...decode(Uint8Array.of(0, 1, 2), "bool", 3)]).toEqual([0, 1, 1]);
  });

  it("refuses 64-bit integers that would be rounded", async () => {
    for (const value of [2n ** 53n + 1n, -(2n ** 53n) - 1n]) {
      await failureOf(
        () => decode(bytesOf(BigInt64Array.of(1n, value)), "int64", 2),
        "unsupported",
        String(value),
      );
    }
    await failureOf(() => decode(bytesOf(BigUint64Array.of(2n ** 64n - 1n)), "uint64", 1), "unsupported");
    expect([...decode(bytesOf(BigInt64Array.of(2n ** 60n)), "int64", 1)]).toEqual([2 ** 60]);
  });

  it("reads bytes that are not aligned", () => {
    const buffer = new Uint8Array(9);
    buffer.set(bytesOf(Float64Array.of(Math.PI)), 1);
    expect([...decode(buffer.subarray(1), "float64", 1)]).toEqual([Math.PI]);
    expect([...decode(buffer.subarray(1), "uint16", 4)]).toEqual([
      ...new Uint16Array(Float64Array.of(Math.PI).buffer),
    ]);
  });

  it("gives float32 exactly where that holds every value", () => {
    for (const dtype of Object.keys(DTYPES) as DType[]) {
      if (DTYPES[dtype].kind === "complex") continue;
      const values = decode(new Uint8Array(byteLengthOf(dtype, 4)), dtype, 4);
      expect(values.length).toBe(4);
      expect(values.BYTES_PER_ELEMENT).toBe(decodedSize(dtype));
    }
    expect(decodedSize("int16")).toBe(4);
    expect(decodedSize("int32")).toBe(8);
  });

  it("refuses complex numbers and a wrong number of bytes", async () => {
    await failureOf(() => decode(new Uint8Array(8), "complex64", 1), "unsupported", "complex");
    await failureOf(() => decode(new Uint8Array(7), "float32", 2), "source-short", "8 bytes", "7");
  });
});

describe("swapped", () => {
  it("turns every word around", () => {
    expect([...swapped(Uint8Array.of(1, 2, 3, 4), 2)]).toEqual([2, 1, 4, 3]);
    expect([...swapped(Uint8Array.of(1, 2, 3, 4), 4)]).toEqual([4, 3, 2, 1]);
  });
});

describe("dequantize", () => {
  it("uses one pair, or one pair a channel along any axis", () => {
    const stored = Float32Array.of(0, 1, 2, 3, 4, 5);
    const all = { scale: [0.5], zeroPoint: [2], axis: null };
    expect([...dequantize(stored, [2, 3], all)]).toEqual([-1, -0.5, 0, 0.5, 1, 1.5]);
    expect([...dequantize(stored, [2, 3], { scale: [1, 10], zeroPoint: [0, 3], axis: 0 })]).toEqual([
      0, 1, 2, 0, 10, 20,
    ]);
    expect([...dequantize(stored, [2, 3], { scale: [1, 10, 100], zeroPoint: [0], axis: 1 })]).toEqual([
      0, 10, 200, 3, 40, 500,
    ]);
  });

  it("rounds to float32 as the frameworks do", () => {
    const scale = Math.fround(0.1);
    const [weight] = dequantize(Float64Array.of(9), [1], { scale: [0.1], zeroPoint: [0], axis: null });
    expect(weight).toBe(Math.fround(9 * scale));
    expect(weight).not.toBe(Math.fround(0.9));
  });

  it("refuses scales that do not fit", async () => {
    const stored = new Float32Array(6);
    await failureOf(
      () => dequantize(stored, [2, 3], { scale: [1, 2, 3], zeroPoint: [0], axis: 0 }),
      "malformed",
      "3 scales",
    );
    await failureOf(() => dequantize(stored, [2, 3], { scale: [1], zeroPoint: [0], axis: 2 }), "malformed");
    await failureOf(
      () => dequantize(stored, [2, 3], { scale: [1, 2], zeroPoint: [0, 0, 0], axis: 0 }),
      "malformed",
    );
  });
});
