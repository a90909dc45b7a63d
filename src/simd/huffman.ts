/** Longest code: one bit less than deflate allows, so that four of them fit where deflate.wat collects bits. */
const LONGEST = 14;

/**
 * Lengths of a Huffman code for symbols met `counts` times; 0 for those never met. Codes longer than 14 bits
 * are avoided by evening the counts out, as bzip2 does. At least two symbols must be met.
 */
export function codeLengths(counts: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const weights = Uint32Array.from(counts);
  for (;;) {
    const lengths = unlimitedLengths(weights);
    if (lengths.every((length) => length <= LONGEST)) return lengths;
    for (let i = 0; i < weights.length; i++) weights[i] = Math.ceil(weights[i]! / 4);
  }
}

/** Huffman's algorithm with two queues: leaves by weight, and the nodes made of them, which come out in order. */
function unlimitedLengths(weights: Uint32Array): Uint8Array<ArrayBuffer> {
  // Weight and symbol in one number, so that sorting numbers sorts leaves.
  const leaves = Float64Array.from(weights, (weight, symbol) => weight * 512 + symbol).filter(
    (leaf) => leaf >= 512,
  );
  leaves.sort();
  const count = leaves.length;
  // Nodes 0 … count - 1 are the leaves, each later one the parent of two earlier ones.
  const sums = new Float64Array(2 * count - 1);
  const parents = new Uint16Array(2 * count - 1);
  for (let i = 0; i < count; i++) sums[i] = Math.floor(leaves[i]! / 512);
  let leaf = 0;
  let inner = count;
  for (let node = count; node < sums.length; node++) {
    for (let child = 0; child < 2; child++) {
      const at = leaf < count && (inner >= node || sums[leaf]! <= sums[inner]!) ? leaf++ : inner++;
      sums[node]! += sums[at]!;
      parents[at] = node;
    }
  }
  const depths = new Uint8Array(sums.length);
  const lengths = new Uint8Array(weights.length);
  for (let node = sums.length - 2; node >= 0; node--) {
    depths[node] = Math.min(255, depths[parents[node]!]! + 1);
    if (node < count) lengths[leaves[node]! % 512] = depths[node]!;
  }
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
