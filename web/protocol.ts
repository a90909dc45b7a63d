import type {
  ColormapName,
  Evidence,
  KernelShape,
  LayerKind,
  LegendLine,
  MontageCounts,
  Normalize,
  ReadErrorCode,
  SpatialAxis,
  ValueRange,
} from "kernelscope";
import type { PageFile } from "./page-file.ts";

/**
 * What the page and its worker say to each other. Everything is a plain value that structured cloning copies;
 * a failure travels as data because an error's code, file and offset would be lost on the way.
 */

/** Why something could not be opened, drawn or written. `crashed`: the worker itself died. */
export interface Problem {
  readonly code: ReadErrorCode | "crashed";
  /** The file's name, null when no file is concerned. */
  readonly file: string | null;
  /** Byte offset where it was met, null when unknown. */
  readonly offset: number | null;
  /** One sentence. */
  readonly message: string;
  /** The models to choose from, where several could be meant; absent otherwise. */
  readonly choices?: readonly string[];
}

/** What the user says of a file beside its name. */
export interface Wanted {
  /** For files that do not name their axes; null: by guess. */
  readonly axisOrder: string | null;
  /** Which of several models in an archive or a folder; null: the only one. */
  readonly entry: string | null;
}

/** A value, or why there is none. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

/** One row of the layer list. */
export interface LayerFacts {
  readonly index: number;
  readonly name: string;
  readonly kind: LayerKind;
  readonly rank: 1 | 2 | 3;
  readonly shape: KernelShape;
  readonly groups: number | null;
  readonly strides: readonly number[] | null;
  readonly dilation: readonly number[] | null;
  /** In words, null when the file does not say. */
  readonly padding: string | null;
  readonly dtype: string;
  /** Whether what is shown are the weights that stored integers stand for. */
  readonly dequantized: boolean;
  /** The tensor's name in the file. */
  readonly tensor: string;
  readonly axisOrder: string;
  readonly evidence: Evidence;
  readonly note: string | null;
  /** Weights in the kernel and numbers in the bias (0 without one). */
  readonly parameters: { readonly kernel: number; readonly bias: number; readonly total: number };
  /** Slices across the depth axis. */
  readonly slices: number;
  /** Why the kernel cannot be read, as a sentence; null when it can. */
  readonly unreadable: string | null;
}

/** A tensor that was looked at and is no convolution kernel. */
export interface RejectedFacts {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly reason: string;
}

/** What the page knows of an opened model. */
export interface ModelFacts {
  readonly file: string;
  /** What was given to open it: a file, folder, archive or address, as the command line takes it. */
  readonly given: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** The format's name for people. */
  readonly format: string;
  readonly producer: string | null;
  readonly layers: readonly LayerFacts[];
  /** Tensors in the file, convolutions or not. */
  readonly tensors: number;
  /** Parameters of the whole model. */
  readonly parameters: number;
  /** The first REJECTED_SHOWN of them. */
  readonly rejected: readonly RejectedFacts[];
  readonly rejectedCount: number;
  readonly notes: readonly string[];
}

/** How a layer is drawn; the page's controls. */
export interface View {
  readonly sliceAxis: SpatialAxis;
  readonly normalize: Normalize;
  readonly colormap: ColormapName;
  readonly symmetric: boolean;
  /** Standard deviations around the mean that the range is narrowed to; null for all of it. */
  readonly trim: number | null;
  /** Pixels per weight; null makes the picture fit the room that the page has for it. */
  readonly cell: number | null;
}

/** What the page can show of a picture at once, in pixels. */
export interface Room {
  readonly width: number;
  readonly height: number;
  /** Pixels in a CSS pixel, so that weights look as large on every screen. */
  readonly scale: number;
}

/** One weight by its place in the montage: `slice` counts along the slice axis, row and column inside the slice. */
export interface Place {
  readonly out: number;
  /** Within the group. */
  readonly in: number;
  readonly slice: number;
  readonly row: number;
  readonly column: number;
}

/** A rectangle in the picture's pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How many there are of everything that a montage lays out. */
export interface Extents {
  /** Filters, inputs of each, slices of each input, rows and columns of each slice. */
  readonly out: number;
  readonly in: number;
  readonly slice: number;
  readonly row: number;
  readonly column: number;
  /**
   * Blocks (one filter's share of one input, its slices side by side) in a row of the picture: `in`, unless
   * filters of a single input are wrapped.
   */
  readonly blocksAcross: number;
}

/** What the legend, rulers and cursor need to know of a picture before any of its pixels exist. */
export interface PictureFacts {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly cell: number;
  readonly extents: Extents;
  /** The weights at the ends of the colormap; null where every filter or slice has its own. */
  readonly range: ValueRange | null;
  /** Smallest and largest finite weight of the kernel; NaN when it has none. */
  readonly extremes: ValueRange;
  readonly counts: MontageCounts;
  /** What was mapped to what, in the library's own words. */
  readonly scale: LegendLine;
  /** What the reader must know beside: NaN, infinities, weights outside the range, constant and frozen slices. */
  readonly notes: readonly LegendLine[];
  /** Blocks across the page: inputs, or filters when they are wrapped. */
  readonly columns: Ruler;
  /** Blocks down the page. */
  readonly rows: Ruler;
  /** 256 colours of the colormap as r, g, b bytes. */
  readonly colormap: Uint8Array<ArrayBuffer>;
}

/** Marks along an edge: mark i begins at `start + i * pitch + floor(i / band) * bandGap` and covers `size` pixels. */
export interface Ruler {
  readonly count: number;
  readonly start: number;
  readonly pitch: number;
  readonly size: number;
  /** Marks that stand together (the filters of one group), and the pixels between two such bands. */
  readonly band: number;
  readonly bandGap: number;
}

/** One weight as the readout shows it. */
export interface WeightFacts {
  readonly place: Place;
  /** Where it is drawn. */
  readonly rect: Rect;
  readonly value: number;
  /** The input channel of the whole layer, counting the groups before this one. */
  readonly inputChannel: number;
  /** Whether training can have changed it; null when the file does not say. */
  readonly frozen: boolean | null;
}

/** The numbers of one slice. */
export interface SliceFacts {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly values: readonly number[];
}

/** A weight and the numbers around it. */
export interface ReadingFacts {
  readonly weight: WeightFacts;
  readonly slice: SliceFacts;
}

/** Pixels of a part of the picture, RGBA, ready for `putImageData`. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** The worker's side, called through comlink. */
export interface Studio {
  /**
   * Opens the model that lies in `files`.
   * @param hdf5 The script of the HDF5 worker, asked for when an HDF5 file is met; null where the library can
   * find it by itself (on the development server).
   */
  open(
    files: readonly PageFile[],
    wanted: Wanted,
    hdf5: (() => Promise<Blob>) | null,
    onProgress: (done: number, total: number) => void,
  ): Promise<Answer<ModelFacts>>;
  /** Opens the model at an address, which is read in parts. */
  openAddress(
    address: string,
    wanted: Wanted,
    hdf5: (() => Promise<Blob>) | null,
    onProgress: (done: number, total: number) => void,
  ): Promise<Answer<ModelFacts>>;
  /** Reads a layer (once) and lays it out; the picture that `paint`, `pick` and `png` speak of is this one. */
  draw(
    layer: number,
    view: View,
    room: Room,
    onProgress: (done: number, total: number) => void,
  ): Promise<Answer<PictureFacts>>;
  paint(rect: Rect): Promise<Answer<Pixels>>;
  /** The weight drawn at a pixel, null in the gaps. */
  pick(x: number, y: number): Promise<Answer<WeightFacts | null>>;
  /** The weight at a place and all of its slice. */
  read(place: Place): Promise<Answer<ReadingFacts>>;
  /** The picture as the command writes it; one at a time. */
  png(onProgress: (bytes: number) => void): Promise<Answer<Blob>>;
  /** Gives up the picture being written; its answer is `aborted`. */
  stopPng(): Promise<void>;
}

/** Rejected tensors named in ModelFacts: enough to find a mistake by, few enough to read. */
export const REJECTED_SHOWN = 200;
