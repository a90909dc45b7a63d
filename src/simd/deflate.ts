import { canonicalCodes, codeLengths } from "./huffman.ts";
import { PAGE } from "./instance.ts";
import type { BandSource } from "./simd.ts";

/** What deflate.wat exports; see there. */
interface DeflateExports {
  readonly memory: WebAssembly.Memory;
  begin(out: number): void;
  end(): number;
  put(value: number, length: number): void;
  finish(): void;
  survey(at: number, end: number, counts: number): void;
  encode(at: number, end: number, codes: number): void;
}

/** Bytes that one call works on: the platform brings in its optimised code between calls only. */
const PIECE = 32 * 1024;
/** Bytes of a band, which becomes one block with a code of its own. */
const BAND = 2 * 1024 * 1024;
const RUNS = 256;
/** Counts, then codes: a slot for each literal and for each length of a run. */
const SLOTS = 256 + RUNS;
const CODES_AT = 4 * SLOTS;
const BAND_AT = 8 * SLOTS;
/** Symbol that ends a block; symbols of lengths follow it. */
const END_OF_BLOCK = 256;
const SYMBOLS = 286;

/** Symbol, extra bits and their number for runs of 3 … 258 bytes (RFC 1951, 3.2.5). */
const LENGTHS: readonly (readonly [symbol: number, extra: number, bits: number])[] = Array.from(
  { length: RUNS },
  (_, i) => {
    if (i < 8) return [257 + i, 0, 0] as const;
    if (i === RUNS - 1) return [285, 0, 0] as const;
    const bits = Math.floor(Math.log2(i)) - 2;
    return [257 + 4 * bits + (i >> bits), i & ((1 << bits) - 1), bits] as const;
  },
);

/** See `Simd.deflate`. */
export async function* deflateRuns(
  module: WebAssembly.Module,
  source: BandSource,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const size = Math.max(BAND, source.rowBytes);
  // A literal takes at most 15 bits, and the header of a block about 150 bytes.
  const outAt = BAND_AT + size + 16;
  const exports = new WebAssembly.Instance(module).exports as unknown as DeflateExports;
  exports.memory.grow(Math.ceil((outAt + 2 * size + 1024) / PAGE));
  const { buffer } = exports.memory;
  const band = new Uint8Array(buffer, BAND_AT, size);
  const counts = new Uint32Array(buffer, 0, SLOTS);
  const codes = new Uint32Array(buffer, CODES_AT, SLOTS);
  for (let bytes = source.fill(band); bytes > 0; bytes = source.fill(band)) {
    // What was not met may still come.
    counts.fill(bytes > 8 * PIECE ? 1 : 0);
    const end = BAND_AT + bytes;
    // Every other piece tells enough about the rest; small bands are looked at whole.
    const stride = bytes > 8 * PIECE ? 2 * PIECE : PIECE;
    for (let at = BAND_AT; at < end; at += stride) exports.survey(at, Math.min(end, at + PIECE), 0);
    exports.begin(outAt);
    const blockEnd = putHeader(exports, counts, codes);
    for (let at = BAND_AT; at < end; at += PIECE) exports.encode(at, Math.min(end, at + PIECE), CODES_AT);
    exports.put(blockEnd.code, blockEnd.length);
    yield new Uint8Array(buffer, outAt, exports.end() - outAt).slice();
  }
  exports.begin(outAt);
  // The last block: final, fixed codes, nothing but its end.
  exports.put(0b0000000_01_1, 10);
  exports.finish();
  yield new Uint8Array(buffer, outAt, exports.end() - outAt).slice();
}

/** Writes a block's header and the codes that `encode` needs; returns the code of the block's end. */
function putHeader(
  exports: DeflateExports,
  counts: Uint32Array,
  codes: Uint32Array,
): { code: number; length: number } {
  const met = new Uint32Array(SYMBOLS);
  met.set(counts.subarray(0, 256));
  met[END_OF_BLOCK] = 1;
  LENGTHS.forEach(([symbol], i) => {
    met[symbol]! += counts[256 + i]!;
  });
  const lengths = codeLengths(met);
  const canonical = canonicalCodes(lengths);
  // Not final, own codes; 286 literals and lengths, 1 distance, all 19 lengths of the code for lengths.
  exports.put(0b10_0, 3);
  exports.put(SYMBOLS - 257, 5);
  exports.put(0, 5);
  exports.put(15, 4);
  // That code has four bits for each length from 0 to 15 and none for repetitions, the first three in its order.
  for (let i = 0; i < 19; i++) exports.put(i < 3 ? 0 : 4, 3);
  for (const length of lengths) exports.put(NIBBLES[length]!, 4);
  // The one distance, 1, has one bit.
  exports.put(NIBBLES[1]!, 4);
  for (let byte = 0; byte < 256; byte++) codes[byte] = canonical[byte]! | (lengths[byte]! << 24);
  LENGTHS.forEach(([symbol, extra, bits], i) => {
    const length = lengths[symbol]!;
    codes[256 + i] = canonical[symbol]! | (extra << length) | ((length + bits + 1) << 24);
  });
  return { code: canonical[END_OF_BLOCK]!, length: lengths[END_OF_BLOCK]! };
}

/** Four bits in the reverse order. */
const NIBBLES: readonly number[] = Array.from(
  { length: 16 },
  (_, i) => ((i & 1) << 3) | ((i & 2) << 1) | ((i & 4) >> 1) | (i >> 3),
);
