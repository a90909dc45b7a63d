/** Pictures of handwritten digits. */
export interface Digits {
  /** [count, 8, 8] bytes from 0 to 16. */
  readonly pixels: Uint8Array;
  /** The digit of each picture. */
  readonly labels: Uint8Array;
  readonly count: number;
}

/** Side of a digit's picture in pixels. */
export const DIGIT_SIDE = 8;

/**
 * The 1,797 handwritten digits of the UCI repository's test set (Alpaydin and Kaynak 1998, CC BY 4.0), as
 * scikit-learn ships them.
 */
export async function loadDigits(): Promise<Digits> {
  const { DIGITS_ZLIB_BASE64 } = await import("./digits-table.ts");
  const packed = Uint8Array.from(atob(DIGITS_ZLIB_BASE64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = bytes.length / (DIGIT_SIDE * DIGIT_SIDE + 1);
  const border = count * DIGIT_SIDE * DIGIT_SIDE;
  return { pixels: bytes.subarray(0, border), labels: bytes.subarray(border), count };
}
