import type { Kernel } from "../kernel/kernel.ts";

/** How exported weights are stored. `float32` rounds what a float32 cannot hold; `float64` keeps every value. */
export type ExportDType = "float32" | "float64";

/** Options shared by the encoders of kernels. */
export interface ExportOptions {
  /** Default `float32`. */
  readonly dtype?: ExportDType | undefined;
}

/** Weights turned into bytes at a time: bounds the memory beside the kernel's own. */
const CHUNK = 1 << 18;

/** How many weights of `kernel` a float32 cannot hold exactly. */
export function countRounded(kernel: Kernel): number {
  const weights = kernel.weights;
  if (weights instanceof Float32Array) return 0;
  let rounded = 0;
  for (const weight of weights) if (!Object.is(Math.fround(weight), weight)) rounded++;
  return rounded;
}

/** Bytes that the weights of `kernel` take as `dtype`. */
export function weightBytes(kernel: Kernel, dtype: ExportDType): number {
  return kernel.weights.length * (dtype === "float64" ? 8 : 4);
}

/** The weights of `kernel` as little-endian `dtype`, row-major in canonical axes, in chunks. */
export function* castWeights(kernel: Kernel, dtype: ExportDType): Generator<Uint8Array<ArrayBuffer>> {
  const { weights } = kernel;
  const Wanted = dtype === "float64" ? Float64Array : Float32Array;
  for (let from = 0; from < weights.length; from += CHUNK) {
    const part = weights.subarray(from, from + CHUNK);
    const cast = part instanceof Wanted ? part : new Wanted(part);
    yield new Uint8Array(cast.buffer, cast.byteOffset, cast.byteLength);
  }
}
