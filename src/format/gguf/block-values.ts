import { floatTable } from "../../tensor/float-tables.ts";

/** Values of a block. */
const BLOCK = 32;

/** Where the parts of a block begin, and what its integers are. */
interface BlockLayout {
  readonly bytes: number;
  /** Byte of the float16 that is added; null: none. */
  readonly minimum: number | null;
  /** Byte of the fifth bits, one for each value; null: none. */
  readonly high: number | null;
  /** Byte of the integers. */
  readonly low: number;
  /** 8: signed bytes; 4: halves of bytes, the low halves of all bytes first. */
  readonly bits: 4 | 8;
  /** What is taken off each integer. */
  readonly zero: number;
}

/** Blocks that are read: a float16 scale in front, then as ggml-common.h lays them out. */
export const BLOCK_LAYOUTS = {
  Q4_0: { bytes: 18, minimum: null, high: null, low: 2, bits: 4, zero: 8 },
  Q4_1: { bytes: 20, minimum: 2, high: null, low: 4, bits: 4, zero: 0 },
  Q5_0: { bytes: 22, minimum: null, high: 2, low: 6, bits: 4, zero: 16 },
  Q5_1: { bytes: 24, minimum: 2, high: 4, low: 8, bits: 4, zero: 0 },
  Q8_0: { bytes: 34, minimum: null, high: null, low: 2, bits: 8, zero: 0 },
} as const satisfies Record<string, BlockLayout>;

/** Whether blocks of this name are read. */
export function isReadBlock(name: string): name is keyof typeof BLOCK_LAYOUTS {
  return Object.hasOwn(BLOCK_LAYOUTS, name);
}

/**
 * The float32 values of blocks: `scale * integer`, and `+ minimum` where there is one, each rounded to float32, as
 * ggml and gguf-py work them out.
 */
export function blockValues(
  bytes: Uint8Array<ArrayBuffer>,
  name: keyof typeof BLOCK_LAYOUTS,
  littleEndian: boolean,
): Float32Array<ArrayBuffer> {
  const layout: BlockLayout = BLOCK_LAYOUTS[name];
  const half = floatTable("float16");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length / layout.bytes;
  const values = new Float32Array(blocks * BLOCK);
  for (let block = 0; block < blocks; block++) {
    const at = block * layout.bytes;
    const scale = half[view.getUint16(at, littleEndian)]!;
    const minimum = layout.minimum === null ? null : half[view.getUint16(at + layout.minimum, littleEndian)]!;
    const high = layout.high === null ? 0 : view.getUint32(at + layout.high, littleEndian);
    for (let i = 0; i < BLOCK; i++) {
      const integer =
        integerAt(view, at + layout.low, i, layout.bits) + (((high >>> i) & 1) << 4) - layout.zero;
      const product = Math.fround(scale * integer);
      values[block * BLOCK + i] = minimum === null ? product : product + minimum;
    }
  }
  return values;
}

function integerAt(view: DataView, start: number, i: number, bits: 4 | 8): number {
  if (bits === 8) return view.getInt8(start + i);
  const byte = view.getUint8(start + (i % (BLOCK / 2)));
  return i < BLOCK / 2 ? byte & 15 : byte >> 4;
}
