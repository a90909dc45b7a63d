import type { Random } from "../random.ts";
import { concat, little } from "../writers/weight.ts";

/** Numbers at the edges of what fields can hold. */
const EDGES = [
  0n,
  1n,
  2n,
  127n,
  128n,
  255n,
  256n,
  65_535n,
  65_536n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** `seed` with one to five changes that know nothing of its format. `within`: where most changes go. */
export function mutateBytes(random: Random, seed: Uint8Array, within = seed.length): Uint8Array<ArrayBuffer> {
  let file = new Uint8Array(seed);
  for (let changes = random.chance(0.5) ? 1 : random.between(2, 5); changes > 0; changes--) {
    file = mutateOnce(random, file, within);
  }
  return file;
}

function mutateOnce(random: Random, file: Uint8Array<ArrayBuffer>, within: number): Uint8Array<ArrayBuffer> {
  if (file.length === 0) return random.bytes(random.below(64));
  const at = random.below(random.chance(0.8) ? Math.min(within, file.length) : file.length);
  const changed = file.slice();
  switch (random.below(9)) {
    case 0:
    case 1:
      changed[at] = changed[at]! ^ (1 << random.below(8));
      return changed;
    case 2:
      changed[at] = random.below(256);
      return changed;
    case 3:
    case 4: {
      const size = random.pick([1, 2, 4, 8]);
      changed.set(little(random.pick(EDGES), size).subarray(0, file.length - at), at);
      return changed;
    }
    case 5: // cut
      return file.slice(0, at);
    case 6: // remove
      return concat([file.subarray(0, at), file.subarray(at + random.between(1, 32))]);
    case 7: // insert: something of the file, or noise
      return concat([file.subarray(0, at), piece(random, file), file.subarray(at)]);
    default: {
      // splice: something of the file over something else of it
      const over = piece(random, file);
      changed.set(over.subarray(0, file.length - at), at);
      return changed;
    }
  }
}

function piece(random: Random, file: Uint8Array): Uint8Array {
  const length = random.between(1, 64);
  if (random.chance(0.3)) return random.bytes(length);
  const from = random.below(file.length);
  return file.subarray(from, from + length);
}
