/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;

/** CRC-32C sums by byte. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  return sum;
});

/**
 * The CRC-32C of `bytes`, as TFRecord files, LevelDB tables and TensorFlow's checkpoints use it. `before` is the sum
 * of the bytes that came before.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}

/** The masked form that is stored, so that a content may hold other contents' checksums. */
export function maskedCrc32c(bytes: Uint8Array): number {
  return maskCrc32c(crc32c(bytes));
}

/** `rotr(crc, 15) + 0xa282ead8`, from LevelDB's `crc32c.h`. */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
