/** Bytes turned to text at a time; a multiple of three, so that the pieces join. */
const PIECE = 3 * 8192;

/** `bytes` as base64. */
export function base64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE))));
  }
  return pieces.join("");
}
