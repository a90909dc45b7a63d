import { log } from "./engine/math.ts";

const N = 624;
const M = 397;

/**
 * The Mersenne Twister MT19937 with the derivations of NumPy's `RandomState`: the same seed gives the same numbers
 * as `np.random.seed(seed)` followed by `rand`, `randint`, `shuffle` or `permutation`, bit for bit.
 */
export class Random {
  readonly #state = new Uint32Array(N);
  #index = N;
  #spareNormal: number | null = null;

  /** @param seed an integer, 0 <= seed < 2^32 */
  constructor(seed: number) {
    let word = seed >>> 0;
    for (let i = 0; i < N; i++) {
      this.#state[i] = word;
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i + 1) >>> 0;
    }
  }

  /** The next 32 bits, as an integer 0 … 2^32 - 1. */
  nextUint32(): number {
    if (this.#index >= N) this.#generate();
    let y = this.#state[this.#index++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** Uniform in [0, 1) with 53 bits: NumPy's `rand()`. */
  next(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform in [low, high): NumPy's `uniform(low, high)`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number in [low, high), the range at most 2^32: NumPy's `randint(low, high)`. */
  integer(low: number, high: number): number {
    return low + this.#below(high - low - 1);
  }

  /** Standard normal by the polar method: NumPy's `randn()` up to the last bit of the logarithm. */
  normal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.next() - 1;
      const y = 2 * this.next() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * log(square)) / square);
      this.#spareNormal = factor * x;
      return factor * y;
    }
  }

  /** Shuffles in place: NumPy's `shuffle` of a one-dimensional array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.#below(i);
      const held = values[i];
      values[i] = values[j];
      values[j] = held;
    }
    return values;
  }

  /** The numbers 0 … n - 1 in random order: NumPy's `permutation(n)`. */
  permutation(n: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: n }, (_, i) => i));
  }

  /** The generator's whole state, plain data; `Random.from` goes on from there. */
  state(): RandomState {
    return { words: this.#state.slice(), index: this.#index, spareNormal: this.#spareNormal };
  }

  /** A generator in the given state. */
  static from(state: RandomState): Random {
    const random = new Random(0);
    random.#state.set(state.words);
    random.#index = state.index;
    random.#spareNormal = state.spareNormal;
    return random;
  }

  /** Uniform in [0, max]: masked rejection, as NumPy's legacy generators do it. */
  #below(max: number): number {
    if (max <= 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.nextUint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  #generate(): void {
    const state = this.#state;
    for (let i = 0; i < N; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff);
      state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }
}

/** What `Random.state` returns. */
export interface RandomState {
  readonly words: Uint32Array;
  readonly index: number;
  readonly spareNormal: number | null;
}
