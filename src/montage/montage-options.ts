import type { SpatialAxis } from "../kernel/kernel.ts";
import type { ColormapName } from "../tone/colormap.ts";
import type { ThemeName } from "../tone/theme.ts";

/**
 * `aligned`: one row per filter, columns are inputs, each with its slices side by side; kernels with a single
 * input per filter (depthwise, first layers) are wrapped to a near-square grid instead of one long column.
 * `seed`: the grid of the usual matplotlib loop: inPerGroup columns, filled slice index fastest, out*depth rows.
 */
export type Arrange = "aligned" | "seed";

/** What shares one value range: the whole kernel, each filter, or each slice (as imshow without vmin/vmax). */
export type Normalize = "kernel" | "filter" | "slice";

/** The words for a kernel's axes; the framework's own where the caller knows them. */
export interface AxisNames {
  readonly out: string;
  readonly in: string;
  readonly depth: string;
  readonly height: string;
  readonly width: string;
}

/** How a kernel is laid out and toned; every option has a default. */
export interface MontageOptions {
  /** The axis that slices are taken across; a tile's rows and columns are the other two, in order. Default `depth`. */
  readonly sliceAxis?: SpatialAxis | undefined;
  /** Default `aligned`. */
  readonly arrange?: Arrange | undefined;
  /** Default `kernel`; with `rgb`, `filter`. */
  readonly normalize?: Normalize | undefined;
  /** Fixed ends of the value range; they win over `normalize`. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Make the range reach equally far on both sides of zero. */
  readonly symmetric?: boolean | undefined;
  /** Narrow the range to mean ± this many standard deviations. */
  readonly trim?: number | undefined;
  /** Default `gray`. */
  readonly colormap?: ColormapName | undefined;
  /**
   * Merge three inputs (or three slices of a single input) into one colour tile: channel = 0.5 + w/2m, m the
   * largest |w| of the filter (or kernel, by `normalize`), so that zero is mid-gray.
   */
  readonly rgb?: boolean | undefined;
  /** Pixels per weight, 1 … 1024. Default: chosen so that the picture is readable and not huge. */
  readonly cell?: number | undefined;
  /** Pixels between tiles, 0 … 1024; twice that between the blocks of a row that have several slices each. */
  readonly gap?: number | undefined;
  /** Title, axis labels, and a scale bar that says what the range is and how it was normalised. */
  readonly labels?: boolean | undefined;
  /** Ground and text colours. Default `dark`. */
  readonly theme?: ThemeName | undefined;
  /** Words for the axes. Default: out, in, depth, height, width. */
  readonly axisNames?: Partial<AxisNames> | undefined;
}

/** `MontageOptions` with every default filled in; null where nothing was asked. */
export interface ResolvedMontageOptions {
  readonly sliceAxis: SpatialAxis;
  readonly arrange: Arrange;
  readonly normalize: Normalize;
  readonly min: number | null;
  readonly max: number | null;
  readonly symmetric: boolean;
  readonly trim: number | null;
  readonly colormap: ColormapName;
  readonly rgb: boolean;
  readonly cell: number;
  readonly gap: number;
  /** Pixels between blocks: the slices of one input stand close, blocks apart. */
  readonly blockGap: number;
  /** Pixels between rows of blocks. */
  readonly rowGap: number;
  readonly labels: boolean;
  readonly theme: ThemeName;
  readonly axisNames: AxisNames;
}
