import type { SpatialAxis } from "../kernel/kernel.ts";
import type { ColormapName } from "../tone/colormap.ts";

/**
 * `aligned`: one row per filter, columns are inputs, each with its slices side by side, groups separated.
 * `seed`: the grid of the usual matplotlib loop: inPerGroup columns, filled slice index fastest, out*depth rows.
 */
export type Arrange = "aligned" | "seed";

/** What shares one value range: the whole kernel, each filter, or each slice (as imshow without vmin/vmax). */
export type Normalize = "kernel" | "filter" | "slice";

/** How a kernel is laid out and toned; every option has a default. */
export interface MontageOptions {
  /** The axis that slices are taken across; a tile's rows and columns are the other two, in order. Default `depth`. */
  readonly sliceAxis?: SpatialAxis | undefined;
  readonly arrange?: Arrange | undefined;
  readonly normalize?: Normalize | undefined;
  /** Fixed ends of the value range; they win over `normalize`. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Make the range reach equally far on both sides of zero. */
  readonly symmetric?: boolean | undefined;
  /** Narrow the range to mean ± this many standard deviations. */
  readonly trim?: number | undefined;
  readonly colormap?: ColormapName | undefined;
  /** Merge three inputs (or three depths of a single input) into one colour tile per filter. */
  readonly rgb?: boolean | undefined;
  /** Pixels per weight. Default: chosen so that the picture is readable and not huge. */
  readonly cell?: number | undefined;
  /** Pixels between tiles. */
  readonly gap?: number | undefined;
  /** Axis labels, title and a scale bar that says what the range is and how it was normalised. */
  readonly labels?: boolean | undefined;
}

/** A value range. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** The rectangle of one slice (or of one filter in RGB) and the range of its own weights. */
export interface Tile {
  readonly out: number;
  /** Index within the group: 0 … inPerGroup - 1. */
  readonly in: number;
  /** Index along the slice axis. */
  readonly depth: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Smallest and largest finite weight of the slice; NaN when it has none. */
  readonly min: number;
  readonly max: number;
  /** No input ever reached any weight of this slice. */
  readonly frozen: boolean;
}

/** What the legend must admit to. */
export interface MontageCounts {
  readonly weights: number;
  readonly nan: number;
  readonly infinite: number;
  /** Finite weights outside the value range, drawn at its ends. */
  readonly below: number;
  readonly above: number;
  /** Slices whose weights are all equal: drawn mid-gray. */
  readonly constantSlices: number;
  readonly frozenSlices: number;
  readonly slices: number;
}
