import { readFileSync } from "node:fs";
import type { Kernel } from "../src/index.ts";

/** What test/fixtures/pictures/make_pictures.py wrote. */
export interface Pictures {
  readonly colormaps: Readonly<Record<string, string>>;
  readonly levels: readonly {
    readonly name: string;
    readonly dtype: "float32" | "float64";
    readonly shape: readonly [number, number];
    readonly weights: string;
    readonly vmin: number | null;
    readonly vmax: number | null;
    /** -1 where matplotlib sees a bad value. */
    readonly levels: readonly number[];
  }[];
  readonly seedFigure: {
    readonly shape: Kernel["shape"];
    readonly weights: string;
    readonly tiles: readonly {
      readonly row: number;
      readonly column: number;
      readonly out: number;
      readonly in: number;
      readonly slice: number;
      readonly levels: readonly number[];
    }[];
  };
}

export function readPictures(): Pictures {
  return JSON.parse(readFileSync(new URL("fixtures/pictures/pictures.json", import.meta.url), "utf8"));
}

/** Little-endian numbers of a fixture. */
export function decodeWeights(base64: string, dtype: "float32" | "float64"): Kernel["weights"] {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return dtype === "float32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

/** A kernel around given weights; a plain 2-D or 3-D convolution unless told otherwise. */
export function kernelOf(
  shape: Kernel["shape"],
  weights: Kernel["weights"],
  more: Partial<Kernel> = {},
): Kernel {
  const rank = shape[2] > 1 ? 3 : shape[3] > 1 ? 2 : shape[4] > 1 ? 1 : 2;
  return {
    name: "conv",
    kind: "conv",
    rank,
    shape,
    groups: 1,
    dtype: "float32",
    weights,
    frozen: null,
    ...more,
  };
}

/** A kernel of repeatable noise: sums of four draws of a linear congruential generator, about ±0.3. */
export function noiseKernel(shape: Kernel["shape"], more: Partial<Kernel> = {}, seed = 7): Kernel {
  let state = seed;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24 - 0.5;
  };
  const count = shape.reduce((product, extent) => product * extent, 1);
  const weights = Float32Array.from({ length: count }, () => (draw() + draw() + draw() + draw()) * 0.3);
  return kernelOf(shape, weights, more);
}
