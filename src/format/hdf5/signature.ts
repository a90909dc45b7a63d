/** HDF5's first eight bytes: `\x89HDF\r\n\x1a\n`. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Bytes of the signature. */
export const SIGNATURE_BYTES: number = SIGNATURE.length;

/** Whether `bytes` begin with the signature. */
export function isSignature(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/** Where a superblock may stand: at 0, 512, 1024, 2048 and so on, up to the end of `bytes`; null when at none. */
export function findSignature(bytes: Uint8Array): number | null {
  for (let at = 0; at + SIGNATURE_BYTES <= bytes.length; at = at === 0 ? 512 : at * 2) {
    if (isSignature(bytes.subarray(at))) return at;
  }
  return null;
}
