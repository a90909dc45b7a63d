import type { Budget } from "../budget.ts";
import type { ZipEntry } from "../codec/zip.ts";
import type { Model } from "../model/model.ts";
import type { Spawn } from "../port.ts";
import type { Folder, Source } from "../source/source.ts";

/** What every format decides by: two reads, shared. */
export interface Probe {
  readonly name: string;
  readonly size: number;
  /** The first bytes, at most PROBE_HEAD. */
  readonly head: Uint8Array<ArrayBuffer>;
  /**
   * The last bytes, at most PROBE_TAIL (the whole file when it is small); none where the first bytes already tell a
   * format that has nothing there.
   */
  readonly tail: Uint8Array<ArrayBuffer>;
  /** The zip's directory when the file is one, in its order; otherwise null. */
  readonly zip: readonly ZipEntry[] | null;
  /** The names in `zip`; null when the file is no zip. */
  readonly zipEntries: readonly string[] | null;
}

/** Bytes of the first read of a probe. */
export const PROBE_HEAD = 4096;
/** Bytes of the last read: holds a zip's end record with the longest comment (65,535 + 22 bytes). */
export const PROBE_TAIL = 66 * 1024;

/** A convention for kernels in files that do not name their axes. */
export type AxisConvention = "keras" | "torch";

/** What a caller may say to `open`. */
export interface OpenOptions {
  /** Starts workers; HDF5 needs one. Default: web workers. `kernelscope/node` passes its own. */
  readonly spawn?: Spawn | undefined;
  /** Axis letters (`DHWIO`, `OIHW`, …) or a convention, for files that do not say; never overrides a file that does. */
  readonly axisOrder?: string | undefined;
  /** Which of several models in an archive or a folder: a path in it, such as `vae/model.safetensors`. */
  readonly entry?: string | undefined;
  readonly budget?: Budget | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a format's `open` is given. */
export interface OpenContext {
  readonly probe: Probe;
  readonly budget: Budget;
  /** Undefined: web workers, made where they are used so that bundlers find their files. */
  readonly spawn: Spawn | undefined;
  readonly axisOrder: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Which of several models in a container; only containers are given one. */
  readonly entry: string | undefined;
  /**
   * Opens what a container holds, as `open` would, under the same options and budget; containers may nest thrice.
   * `entry` is what of the caller's choice is left for a container in it.
   */
  readonly openInner: (inner: Source | Folder, entry?: string) => Promise<Model>;
}

/** What opening goes by where there is no file to probe: a folder, or a part of an archive. */
export type FolderContext = Omit<OpenContext, "probe">;

/** A kind of weight file. */
export interface Format {
  /** Reads the directory only and returns the model; throws ReadError. */
  open(source: Source, context: OpenContext): Promise<Model>;
}

/** A row of the format table: what a kind of weight file is called. How it is told and read: `readers.ts`. */
export interface FormatRow {
  /** Short name, as `list --json` prints it. */
  readonly name: string;
  /** For people; one row each. */
  readonly title: string;
  /** Usual endings, without the dot; they only hint: bytes decide. */
  readonly extensions: readonly string[];
  /** Whether it only wraps others, and can be asked for one of several models. */
  readonly container?: boolean;
}

/** How the files of one row are told and read. */
export interface Reader {
  /** Whether the bytes are of this kind. */
  matches(probe: Probe): boolean;
  load(): Promise<Format>;
}
