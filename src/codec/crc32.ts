/**
 * CRC-32 as zip and gzip have it (polynomial 0xEDB88320). `before` is the sum of the bytes that came before, so
 * that a long content can be summed piece by piece.
 */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** Tables for sixteen bytes at a time. */
const WAYS = 16;

/** Makes the function; its tables take 16 kB, so make it once for a file and not for a byte. */
export function createCrc32(): Crc32 {
  const table = new Int32Array(256 * WAYS);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    table[byte] = sum;
  }
  for (let i = 256; i < table.length; i++) {
    const previous = table[i - 256]!;
    table[i] = (previous >>> 8) ^ table[previous & 255]!;
  }
  return (bytes, before = 0) => {
    let sum = ~before;
    let i = 0;
    for (const end = bytes.length - WAYS; i <= end; i += WAYS) {
      // The first four bytes meet the sum so far; the other twelve are independent of it.
      sum =
        table[3840 + ((sum ^ bytes[i]!) & 255)]! ^
        table[3584 + (((sum >>> 8) ^ bytes[i + 1]!) & 255)]! ^
        table[3328 + (((sum >>> 16) ^ bytes[i + 2]!) & 255)]! ^
        table[3072 + ((sum >>> 24) ^ bytes[i + 3]!)]! ^
        table[2816 + bytes[i + 4]!]! ^
        table[2560 + bytes[i + 5]!]! ^
        table[2304 + bytes[i + 6]!]! ^
        table[2048 + bytes[i + 7]!]! ^
        table[1792 + bytes[i + 8]!]! ^
        table[1536 + bytes[i + 9]!]! ^
        table[1280 + bytes[i + 10]!]! ^
        table[1024 + bytes[i + 11]!]! ^
        table[768 + bytes[i + 12]!]! ^
        table[512 + bytes[i + 13]!]! ^
        table[256 + bytes[i + 14]!]! ^
        table[bytes[i + 15]!]!;
    }
    for (; i < bytes.length; i++) sum = (sum >>> 8) ^ table[(sum ^ bytes[i]!) & 255]!;
    return ~sum >>> 0;
  };
}
