/**
 * Elementary functions from IEEE additions, multiplications, divisions and square roots alone. `Math.exp` and its
 * like may differ in the last bit from one JavaScript engine to the next; these do not. Coefficients and reductions
 * are those of Sun's fdlibm (1993, freely usable); errors stay below 1 ulp of float64 where not said otherwise.
 */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;

/** e^x. */
export function exp(x: number): number {
  if (x !== x) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019411) return 0;
  const k = Math.round(x * Math.LOG2E);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (1.66666666666666019037e-1 +
        t *
          (-2.77777777770155933842e-3 +
            t *
              (6.61375632143793436117e-5 + t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  return k === 0 ? y : scale(y, k);
}

/** y * 2^k, in two steps where 2^k alone would leave the range. */
function scale(y: number, k: number): number {
  if (k > 1000) return y * powerOfTwo(1000) * powerOfTwo(k - 1000);
  if (k < -1000) return y * powerOfTwo(-1000) * powerOfTwo(k + 1000);
  return y * powerOfTwo(k);
}

/** 2^k for -1022 <= k <= 1023, from its bits: `2 ** k` is not promised to be exact everywhere. */
function powerOfTwo(k: number): number {
  WORDS.bits[1 - HIGH] = 0;
  WORDS.bits[HIGH] = (k + 1023) << 20;
  return WORDS.float[0]!;
}

/** Natural logarithm; NaN below zero. */
export function log(x: number): number {
  if (x !== x || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  let m = x;
  if (m < 2 ** -1022) {
    m *= 2 ** 54;
    k = -54;
  }
  WORDS.float[0] = m;
  const exponent = (WORDS.bits[HIGH]! >>> 20) - 1023;
  WORDS.bits[HIGH] = (WORDS.bits[HIGH]! & 0xfffff) | 0x3ff00000;
  m = WORDS.float[0]!;
  k += exponent;
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  const r =
    z *
    (6.66666666666673513e-1 +
      z *
        (3.999999999940941908e-1 +
          z *
            (2.857142874366239149e-1 +
              z *
                (2.222219843214978396e-1 +
                  z *
                    (1.818357216161805012e-1 +
                      z * (1.531383769920937332e-1 + z * 1.479819860511658591e-1))))));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f);
}

const buffer = new ArrayBuffer(8);
/** Scratch to take a float64 apart; every use writes before it reads. */
const WORDS = { float: new Float64Array(buffer), bits: new Uint32Array(buffer) };
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** e^x - 1, to float32's precision for every x. */
export function expm1(x: number): number {
  return Math.abs(x) < 1e-5 ? x * (1 + x * (0.5 + x / 6)) : exp(x) - 1;
}

/** log(1 + x), to float64's precision for small x too (Kahan). */
export function log1p(x: number): number {
  const u = 1 + x;
  return u === 1 ? x : u === Number.POSITIVE_INFINITY ? u : (log(u) * x) / (u - 1);
}

/** Hyperbolic tangent, to float32's precision for every x. */
export function tanh(x: number): number {
  if (Math.abs(x) < 1e-4) return x * (1 - (x * x) / 3);
  const e = expm1(-2 * Math.abs(x));
  const t = -e / (2 + e);
  return x < 0 ? -t : t;
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/** log(1 + e^x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + log1p(exp(-Math.abs(x)));
}

const polynomial = (x: number, coefficients: readonly number[]): number =>
  coefficients.reduceRight((sum, c) => sum * x + c, 0);

// biome-ignore format: a table of coefficients, lowest power first
const ERF = {
  smallP: [1.28379167095512558561e-1, -3.25042107247001499370e-1, -2.84817495755985104766e-2, -5.77027029648944159157e-3, -2.37630166566501626084e-5],
  smallQ: [1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3, 1.32494738004321644526e-4, -3.96022827877536812320e-6],
  oneP: [-2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1, 3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2, -2.16637559486879084300e-3],
  oneQ: [1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2, 1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.19844998467991074170e-2],
  midR: [-9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1, -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2, -8.12874355063065934246e1, -9.81432934416914548592],
  midS: [1, 1.96512716674392571292e1, 1.37657754143519042600e2, 4.34565877475229228821e2, 6.45387271733267880336e2, 4.29008140027567833386e2, 1.08635005541779435134e2, 6.57024977031928170135, -6.04244152148580987438e-2],
  farR: [-9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1, -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3, -4.83519191608651397019e2],
  farS: [1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3, 3.19985821950859553908e3, 2.55305040643316442583e3, 4.74528541206955367215e2, -2.24409524465858183362e1],
};
const ERF_AT_ONE = 8.45062911510467529297e-1;

/** Error function. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 0.84375) return x + x * (polynomial(x * x, ERF.smallP) / polynomial(x * x, ERF.smallQ));
  let value: number;
  if (a < 1.25) value = ERF_AT_ONE + polynomial(a - 1, ERF.oneP) / polynomial(a - 1, ERF.oneQ);
  else if (a >= 6) value = 1;
  else {
    const s = 1 / (a * a);
    const ratio =
      a < 1 / 0.35
        ? polynomial(s, ERF.midR) / polynomial(s, ERF.midS)
        : polynomial(s, ERF.farR) / polynomial(s, ERF.farS);
    value = 1 - (exp(-a * a - 0.5625) * exp(ratio)) / a;
  }
  return x < 0 ? -value : value;
}
