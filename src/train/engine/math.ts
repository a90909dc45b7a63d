/**
 * Elementary functions from IEEE additions, multiplications, divisions and square roots alone. `Math.exp` and its
 * like may differ in the last bit from one JavaScript engine to the next; these do not. Coefficients and reductions
 * are those of Sun's fdlibm (1993, freely usable); errors stay below 1 ulp of float64 where not said otherwise.
 */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
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
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8))));
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
  if (!(x >= 0)) return Number.NaN;
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
    (0.6666666666666735 +
      z *
        (0.3999999999940942 +
          z *
            (0.2857142874366239 +
              z *
                (0.22222198432149784 +
                  z * (0.1818357216161805 + z * (0.15313837699209373 + z * 0.14798198605116586))))));
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
  smallP: [0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -0.000023763016656650163],
  smallQ: [1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -0.000003960228278775368],
  oneP: [-0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668, 0.035478304325618236, -0.002166375594868791],
  oneQ: [1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905, 0.011984499846799107],
  midR: [-0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347, -184.60509290671104, -81.2874355063066, -9.814329344169145],
  midS: [1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783, 108.63500554177944, 6.570249770319282, -0.0604244152148581],
  farR: [-0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896, -1025.0951316110772, -483.5191916086514],
  farS: [1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644, 474.52854120695537, -22.44095244658582],
};
const ERF_AT_ONE = 0.8450629115104675;

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
