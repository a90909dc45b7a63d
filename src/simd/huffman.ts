/** Longest code: one bit less than deflate allows, so that four of them fit where deflate.wat collects bits. */
const LONGEST = 14;

/**
 * Lengths of a Huffman code for symbols met `counts` times; 0 for those never met. Codes longer than 14 bits
 * are avoided by evening the counts out, as bzip2 does. At least two symbols must be met.
 */
export function codeLengths(counts: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  let weights = Array.from(counts);
  for (;;) {
    const lengths = unlimitedLengths(weights);
    if (lengths.every((length) => length <= LONGEST)) return lengths;
    weights = weights.map((weight) => (weight === 0 ? 0 : Math.ceil(weight / 4)));
  }
}

/** Huffman's algorithm with two queues: leaves by weight, and the nodes made of them, which come out in order. */
function unlimitedLengths(weights: readonly number[]): Uint8Array<ArrayBuffer> {
  const leaves = weights.flatMap((weight, symbol) => (weight > 0 ? [symbol] : []));
  leaves.sort((a, b) => weights[a]! - weights[b]!);
  // Nodes 0 … leaves - 1 are the leaves, each later one the parent of two earlier ones.
  const sums = leaves.map((symbol) => weights[symbol]!);
  const parents: number[] = [];
  let leaf = 0;
  let inner = leaves.length;
  const lightest = (): number =>
    leaf < leaves.length && (inner >= sums.length || sums[leaf]! <= sums[inner]!) ? leaf++ : inner++;
  while (leaves.length - leaf + sums.length - inner > 1) {
    const [a, b] = [lightest(), lightest()];
    parents[a] = sums.length;
    parents[b] = sums.length;
    sums.push(sums[a]! + sums[b]!);
  }
  const depths = new Uint32Array(sums.length);
  for (let node = sums.length - 2; node >= 0; node--) depths[node] = depths[parents[node]!]! + 1;
  const lengths = new Uint8Array(weights.length);
  leaves.forEach((symbol, i) => {
    lengths[symbol] = Math.min(255, depths[i]!);
  });
  return lengths;
}

/** The canonical codes of RFC 1951 for these lengths, first bit lowest, as the stream wants them. */
export function canonicalCodes(lengths: Uint8Array): Uint16Array<ArrayBuffer> {
  const codes = new Uint16Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= LONGEST; length++) {
    code <<= 1;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === length) codes[symbol] = reversed(code++, length);
    }
  }
  return codes;
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let i = 0; i < length; i++) result |= ((code >> i) & 1) << (length - 1 - i);
  return result;
}
