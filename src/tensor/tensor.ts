import type { Budget } from "../budget.ts";
import type { DType } from "./dtype.ts";

/** How stored integers become weights: affine, or as TensorFlow.js writes them. */
export type Quantization = AffineQuantization | MinimumQuantization;

/** `q * scale + minimum`, worked out in float64 and rounded once to float32 (TensorFlow.js). */
export interface MinimumQuantization {
  readonly scale: number;
  readonly minimum: number;
}

/** `(q - zeroPoint[c]) * scale[c]`, `c` along `axis` (one pair: per tensor). */
export interface AffineQuantization {
  readonly scale: ArrayLike<number>;
  readonly zeroPoint: ArrayLike<number>;
  /** Axis of the stored shape that `scale` runs along; null when there is one pair for the whole tensor. */
  readonly axis: number | null;
}

/** What accompanies every read. */
export interface ReadContext {
  readonly budget: Budget;
  readonly signal?: AbortSignal | undefined;
  /** Called with bytes read so far and bytes in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A named N-d array in a model, not yet read. */
export interface Tensor {
  /** Its name in the file, unchanged; Keras names without `:0`. */
  readonly name: string;
  /** The stored dtype, or the file's own word for one that is not known (then `unreadable` is set). */
  readonly dtype: DType | (string & {});
  /** Row-major shape, as the file states it. */
  readonly shape: readonly number[];
  readonly quantization?: Quantization | undefined;
  /** Why the values cannot be read, as a sentence; absent when they can. */
  readonly unreadable?: string | undefined;
  /** The checksum that `readBytes` verifies, such as `crc32`; absent when the file holds none for this tensor. */
  readonly checksum?: "crc32" | "crc32c" | "fletcher32" | "sha256" | undefined;
  /**
   * The stored values: packed, row-major, little-endian, exactly `byteLengthOf(dtype, count)` bytes, aligned to
   * the dtype's size. Reads this tensor only.
   */
  readBytes(context: ReadContext): Promise<Uint8Array<ArrayBuffer>>;
}
