/**
 * The key under which a checkpoint keeps one slice of a partitioned tensor: TensorFlow's `EncodeTensorNameSlice`, in
 * the order-preserving code of `ordered_code.cc`, as a byte string. A full axis has `start` 0 and `length` -1.
 */
export function sliceKey(
  name: string,
  slice: readonly { readonly start: number; readonly length: number }[],
): string {
  let key = unsigned(0) + text(name) + unsigned(slice.length);
  for (const { start, length } of slice) key += signed(start) + signed(length);
  return key;
}

/** The number of bytes, then the bytes, most telling first. */
function unsigned(value: number): string {
  let bytes = "";
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256))
    bytes = String.fromCharCode(rest % 256) + bytes;
  return String.fromCharCode(bytes.length) + bytes;
}

/** Bytes with 0 and 255 escaped, then an end mark. */
function text(value: string): string {
  let coded = "";
  for (const byte of new TextEncoder().encode(value)) {
    coded += byte === 0 ? "\u0000\u00ff" : byte === 255 ? "\u00ff\u0000" : String.fromCharCode(byte);
  }
  return `${coded}\u0000\u0001`;
}

/** The first bits tell the sign and the number of bytes, as many of them as bytes follow. */
function signed(value: number): string {
  const big = BigInt(value);
  const magnitude = value < 0 ? ~big : big;
  let bits = 0;
  for (let rest = magnitude; rest > 0n; rest >>= 1n) bits++;
  const length = Math.min(10, Math.floor(bits / 7) + 1);
  // As two's complement of `length` bytes, whose upper bits are then turned over.
  let word = BigInt.asUintN(8 * length, big);
  const header = ((1n << BigInt(length)) - 1n) << BigInt(8 * length - length);
  word ^= header;
  let coded = "";
  for (let i = length - 1; i >= 0; i--) coded += String.fromCharCode(Number((word >> BigInt(8 * i)) & 255n));
  return coded;
}
