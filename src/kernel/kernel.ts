import type { KernelShape, LayerKind } from "../model/model.ts";

/** The whole weight tensor of one layer, read and in canonical axes. */
export interface Kernel {
  /** The layer's name. */
  readonly name: string;
  readonly kind: LayerKind;
  readonly rank: 1 | 2 | 3;
  readonly shape: KernelShape;
  readonly groups: number | null;
  /** The stored dtype. */
  readonly dtype: string;
  /** Whether the weights are what stored integers stand for, by their scales; absent when they are stored as such. */
  readonly dequantized?: true;
  /** Whether the batch normalisation behind the layer is folded into the weights; absent when it is not. */
  readonly batchNormFolded?: true;
  /**
   * Row-major weights, `out*inPerGroup*depth*height*width` of them. Float32Array where every stored value fits
   * a float32 exactly (f32, f16, bf16, f8, small ints), Float64Array otherwise.
   */
  readonly weights: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  /**
   * Positions along each spatial axis that no input ever reaches, so that training cannot have changed them:
   * `frozen.depth[d]` is true when every weight at depth d only ever meets padding. Null when the file does not
   * state the input's extents.
   */
  readonly frozen: FrozenPositions | null;
}

/** See `Kernel.frozen`; a weight is frozen when any of its three positions is. */
export interface FrozenPositions {
  readonly depth: readonly boolean[];
  readonly height: readonly boolean[];
  readonly width: readonly boolean[];
}

/** Axes a slice can be taken across. */
export type SpatialAxis = "depth" | "height" | "width";
