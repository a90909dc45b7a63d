/** Types that values can be rounded to. */
export type Rounded = "float32" | "float16" | "bfloat16";

/** `values`, float32s or exact sums of them, as packed bytes of `dtype`. */
export function packFloats(values: ArrayLike<number>, dtype: Rounded): Uint8Array<ArrayBuffer> {
  if (dtype === "float32") return new Uint8Array(Float32Array.from(values).buffer);
  const round = dtype === "float16" ? toFloat16 : toBfloat16;
  return new Uint8Array(Uint16Array.from(values, round).buffer);
}

/** The float16 nearest to a float32, ties to even, as NumPy's `astype` rounds. */
export function toFloat16(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 the steps are 2^-24: the nearest whole number of them, ties to even.
    return sign | roundEven(Math.abs(value) * 2 ** 24);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** The bfloat16 nearest to a float32, ties to even. */
export function toBfloat16(value: number): number {
  const bits = bitsOf(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) & 0x8000) | 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The nearest whole number, ties to even (NumPy's `rint`). */
export function roundEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
}

/** The bits of a float32; words of one array are read as they are stored, whatever the machine's order. */
function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}
