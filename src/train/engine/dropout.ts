/**
 * Whether a number is dropped is a hash of seed, step, layer, sample and place, not a draw from a running generator:
 * masks do not depend on the order of the work, and a resumed run sees the same ones.
 */
export function dropoutBase(seed: number, step: number, node: number, sample: number): number {
  return mix(mix(mix(mix(seed) ^ step) + Math.imul(node, 0x9e3779b1)) ^ Math.imul(sample + 1, 0x85ebca77));
}

/** Uniform in [0, 1) for one number (or channel) of the sample that `base` belongs to. */
export function dropoutUniform(base: number, element: number): number {
  return (mix(base + Math.imul(element, 0x9e3779b1)) >>> 0) / 4294967296;
}

/** MurmurHash3's finalizer. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
