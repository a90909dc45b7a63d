import { describe, expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { unsnappy } from "../../src/codec/snappy.ts";
import { ReadError } from "../../src/errors.ts";

const read = (...bytes: number[]): string =>
  new TextDecoder().decode(unsnappy(Uint8Array.from(bytes), createBudget(), "The block"));
const text = (word: string): number[] => [...new TextEncoder().encode(word)];
const refused = (...bytes: number[]): string => {
  try {
    read(...bytes);
  } catch (error) {
    if (error instanceof ReadError) return error.code;
    throw error;
  }
  return "nothing";
};

describe("unsnappy", () => {
  it("reads literals with short and long lengths", () => {
    expect(read(5, 4 << 2, ...text("hello"))).toBe("hello");
    const long = "x".repeat(100);
    expect(read(100, 60 << 2, 99, ...text(long))).toBe(long);
    expect(read(100, 61 << 2, 99, 0, ...text(long))).toBe(long);
  });

  it("reads copies of each kind, overlapping ones repeat", () => {
    // "ab", then six bytes from two before: the one-byte form.
    expect(read(8, 1 << 2, ...text("ab"), ((6 - 4) << 2) | 1, 2)).toBe("abababab");
    expect(read(8, 1 << 2, ...text("ab"), ((6 - 1) << 2) | 2, 2, 0)).toBe("abababab");
    expect(read(8, 1 << 2, ...text("ab"), ((6 - 1) << 2) | 3, 2, 0, 0, 0)).toBe("abababab");
  });

  it("refuses what leads outside, is short or states too much", () => {
    expect(refused(8, 1 << 2, ...text("ab"), ((6 - 1) << 2) | 2, 3, 0)).toBe("malformed");
    expect(refused(8, 1 << 2, ...text("ab"), ((6 - 1) << 2) | 2, 0, 0)).toBe("malformed");
    expect(refused(9, 4 << 2, ...text("hello"))).toBe("malformed");
    expect(refused(4, 4 << 2, ...text("hello"))).toBe("malformed");
    expect(refused(5, 4 << 2, ...text("hel"))).toBe("malformed");
    expect(refused(0xff, 0xff, 3, 4 << 2, ...text("h"))).toBe("limit");
  });
});
