import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadSimd } from "../../src/index.ts";
import { canonicalCodes, codeLengths } from "../../src/simd/huffman.ts";

const simd = await loadSimd();

async function roundTrip(bytes: Uint8Array, rowBytes = 1): Promise<{ same: boolean; size: number }> {
  let at = 0;
  const fill = (band: Uint8Array): number => {
    const count = Math.min(band.length, bytes.length - at);
    band.set(bytes.subarray(at, at + count));
    at += count;
    return count;
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of simd!.deflate({ rowBytes, fill })) pieces.push(piece);
  const stream = Buffer.concat(pieces);
  return { same: inflateRawSync(stream).equals(bytes), size: stream.length };
}

describe("deflate in WebAssembly", () => {
  it("is undone by zlib, for bytes with and without runs", async () => {
    const stretch = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(fc.nat(255), fc.nat(700)).map(([byte, count]) => new Uint8Array(count).fill(byte)),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => bytes.map((byte) => byte & 1)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(stretch, { maxLength: 12 }), async (stretches) => {
        expect((await roundTrip(Buffer.concat(stretches))).same).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("is undone for runs of every length", async () => {
    for (let length = 1; length <= 800; length += length < 270 ? 1 : 53) {
      const bytes = Uint8Array.from({ length: length + 40 }, (_, i) =>
        i < 20 ? i : i < 20 + length ? 99 : i & 255,
      );
      expect((await roundTrip(bytes)).same, `run of ${length}`).toBe(true);
    }
  });

  it("joins bands, whatever their last bits", async () => {
    const noise = Uint8Array.from({ length: 1_700_001 }, (_, i) => (Math.imul(i, 2654435761) >>> 15) ^ i);
    expect((await roundTrip(noise)).same).toBe(true);
    const { same, size } = await roundTrip(new Uint8Array(3_000_000));
    expect(same).toBe(true);
    expect(size).toBeLessThan(6_000);
    // One row larger than a band.
    expect((await roundTrip(noise, 1_700_001)).same).toBe(true);
  });

  it("keeps to codes of 14 bits where Huffman's would be longer", async () => {
    // Counts like Fibonacci numbers make the deepest trees.
    const counts = [1, 1];
    while (counts.length < 29) counts.push(counts.at(-1)! + counts.at(-2)!);
    const bytes = Buffer.concat(
      counts.map((count, byte) =>
        Uint8Array.from({ length: Math.min(count, 60_000) }, (_, i) => (i % 2 === 0 ? byte : 200)),
      ),
    );
    expect((await roundTrip(bytes)).same).toBe(true);
    const lengths = codeLengths(counts);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(14);
    expect(lengths.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
  });
});

describe("Huffman codes", () => {
  it("are complete, free of prefixes, and shorter for what is met more often", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 2, maxLength: 286 }), (counts) => {
        const met = [...counts, 1, 1];
        const lengths = codeLengths(met);
        const codes = canonicalCodes(lengths);
        expect(lengths.reduce((sum, length) => sum + (length === 0 ? 0 : 2 ** -length), 0)).toBe(1);
        const texts = new Set<string>();
        for (let i = 0; i < met.length; i++) {
          if (met[i] === 0) continue;
          const length = lengths[i]!;
          texts.add(`${length}:${codes[i]}`);
          for (let j = 0; j < met.length; j++) {
            if (met[i]! > met[j]! && met[j] !== 0) expect(length).toBeLessThanOrEqual(lengths[j]!);
            // Codes are first bit lowest: one that begins with another would end in its bits.
            if (i !== j && lengths[j]! >= length && met[j] !== 0)
              expect(codes[j]! & ((1 << length) - 1)).not.toBe(codes[i]);
          }
        }
        expect(texts.size).toBe(met.filter((count) => count > 0).length);
      }),
      { numRuns: 30 },
    );
  });
});
