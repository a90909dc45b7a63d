import { COLORMAP_NAMES, type Kernel, type MontageOptions } from "kernelscope";
import type { Random } from "../random.ts";

/** A kernel with ordinary weights, and now and then equal ones, NaN, infinities and extremes. */
export function randomKernel(random: Random): Kernel {
  const rank = random.pick([1, 2, 3] as const);
  const inPerGroup = random.chance(0.3) ? 3 : random.between(1, 4);
  const groups = random.chance(0.2) ? 2 : 1;
  // Now and then wide enough for code that takes several weights at a time.
  const wide = random.chance(0.1) ? 8 : 1;
  const extent = (most: number): number => random.between(1, most);
  const shape = [
    groups * extent(3),
    inPerGroup,
    rank > 2 ? extent(4) : 1,
    rank > 1 ? extent(5) : 1,
    extent(5 * wide),
  ] as const;
  const count = shape.reduce((product, n) => product * n, 1);
  const odd = random.chance(0.4) ? 0.15 : 0;
  const scale = random.pick([1, 1e-30, 1e30, 255, 3e38]);
  const constant = random.chance(0.1) ? random.normal() : null;
  const values = Array.from({ length: count }, () => {
    if (random.chance(odd))
      return random.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0]);
    return (
      constant ??
      (random.chance(0.1) ? Math.round(random.normal() * 2) : random.normal()) *
        scale *
        (scale > 1e38 ? 0.3 : 1)
    );
  });
  const single = random.chance(0.7);
  const weights = single ? Float32Array.from(values) : Float64Array.from(values);
  return {
    name: "kernel",
    kind: "conv",
    rank,
    shape,
    groups,
    dtype: single ? "float32" : "float64",
    weights,
    frozen: null,
  };
}

/** Options of every kind; the cell is large enough for marks half of the time. */
export function randomOptions(random: Random, kernel: Kernel): MontageOptions {
  const [, inPerGroup, depth, height, width] = kernel.shape;
  const sliceAxis = random.pick(["depth", "height", "width"] as const);
  const slices = { depth, height, width }[sliceAxis];
  const rgb = random.chance(0.3) && (inPerGroup === 3 || (inPerGroup === 1 && slices === 3));
  const maybe = <T>(probability: number, value: T): T | undefined =>
    random.chance(probability) ? value : undefined;
  const min = maybe(0.2, -random.unit());
  return {
    sliceAxis,
    arrange: random.pick(["aligned", "seed"] as const),
    normalize: random.pick(["kernel", "filter", "slice"] as const),
    min,
    max: maybe(0.2, random.unit() + 0.01),
    symmetric: random.chance(0.2),
    trim: maybe(0.2, random.pick([0.5, 1, 2])),
    colormap: random.chance(0.5) ? "gray" : random.pick(COLORMAP_NAMES),
    theme: random.pick(["dark", "light"] as const),
    rgb,
    cell: random.pick([1, 2, 3, 4, 5, 8, 11]),
    gap: random.pick([0, 1, 2, 5]),
  };
}
