/** The 16-bit and 8-bit float formats as tables from code to value. */

/** An IEEE-like binary format of `1 + exponent + mantissa` bits. */
interface FloatLayout {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  /**
   * `ieee`: the top exponent holds infinities and NaNs; `fn`: only the all-ones codes are NaN, no infinities;
   * `fnuz`: the code of minus zero is the only NaN.
   */
  readonly special: "ieee" | "fn" | "fnuz";
}

/** float8 layouts: OCP 8-bit floating point 1.0 and, for `fnuz`, arXiv:2206.02915; as ml_dtypes and PyTorch have them. */
export const FLOAT_LAYOUTS = {
  float16: { exponent: 5, mantissa: 10, bias: 15, special: "ieee" },
  float8_e5m2: { exponent: 5, mantissa: 2, bias: 15, special: "ieee" },
  float8_e4m3fn: { exponent: 4, mantissa: 3, bias: 7, special: "fn" },
  float8_e5m2fnuz: { exponent: 5, mantissa: 2, bias: 16, special: "fnuz" },
  float8_e4m3fnuz: { exponent: 4, mantissa: 3, bias: 8, special: "fnuz" },
} as const satisfies Record<string, FloatLayout>;

/**
 * The value of every code of a small float format: 256 or 65,536 entries, all exact in float32. A table is
 * tens of times faster than arithmetic per value.
 */
export function floatTable(name: keyof typeof FLOAT_LAYOUTS): Float32Array<ArrayBuffer> {
  const { exponent, mantissa, bias, special } = FLOAT_LAYOUTS[name] as FloatLayout;
  const half = 2 ** (exponent + mantissa);
  const steps = 2 ** mantissa;
  const topExponent = 2 ** exponent - 1;
  const table = new Float32Array(half * 2);
  for (let code = 0; code < half; code++) {
    const e = Math.floor(code / steps);
    const fraction = code % steps;
    let value =
      e === 0 ? fraction * 2 ** (1 - bias - mantissa) : (steps + fraction) * 2 ** (e - bias - mantissa);
    if (special === "ieee" && e === topExponent)
      value = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    if (special === "fn" && code === half - 1) value = Number.NaN;
    table[code] = value;
    table[half + code] = -value;
  }
  if (special === "fnuz") table[half] = Number.NaN;
  return table;
}
