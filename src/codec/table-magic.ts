/** Bytes at the end of a LevelDB table: two block handles, padding, the magic number. */
export const TABLE_FOOTER = 48;

/** `0xdb4775248b80fb57`, little-endian. */
const MAGIC: readonly number[] = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/** Whether `tail` ends like a LevelDB table (an SSTable). */
export function isTable(tail: Uint8Array): boolean {
  return tail.length >= TABLE_FOOTER && MAGIC.every((byte, i) => tail[tail.length - 8 + i] === byte);
}
