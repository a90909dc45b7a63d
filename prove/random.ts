/** A seeded stream of random numbers: the same seed gives the same files on every machine. */
export interface Random {
  /** 0 … 2^32 - 1. */
  uint32(): number;
  /** 0 (inclusive) … 1 (exclusive). */
  unit(): number;
  /** 0 … n - 1. */
  below(n: number): number;
  /** `from` … `to`, both inclusive. */
  between(from: number, to: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Roughly normal, mean 0, deviation 1. */
  normal(): number;
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** A stream of its own, that depends on this seed and `name` only. */
  fork(name: string | number): Random;
}

/** Chris Doty-Humphrey's sfc32, seeded through a hash of `seed`. */
export function createRandom(seed: string | number): Random {
  let [a, b, c, counter] = [...seedWords(String(seed)), 1] as [number, number, number, number];
  const uint32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) uint32();
  const unit = (): number => uint32() / 2 ** 32;
  const below = (n: number): number => Math.floor(unit() * n);
  return {
    uint32,
    unit,
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => unit() < probability,
    pick: (items) => items[below(items.length)]!,
    normal: () => unit() + unit() + unit() + unit() + unit() + unit() - 3,
    bytes: (length) => Uint8Array.from({ length }, () => uint32() & 255),
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** FNV-1a with three starting values. */
function seedWords(text: string): [number, number, number] {
  const words = [0x811c9dc5, 0x01234567, 0x89abcdef].map((start) => {
    let hash = start;
    for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
    return hash;
  });
  return words as [number, number, number];
}
