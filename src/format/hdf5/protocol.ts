/**
 * What the host and the HDF5 worker say to each other. The host owns the source, the worker owns libhdf5: the
 * worker never waits for bytes, it answers `miss` with the range it lacks, and the host fetches it and says
 * `resume`. One path serves Node, pages and workers alike; SharedArrayBuffer, which a page only has behind two
 * headers, would save one message per miss (0.1 ms) and cost a second path.
 */

/** Bytes of the file, for the worker's cache. */
export interface Block {
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What an attribute holds, as far as model files need it. */
export type AttributeValue = readonly string[] | readonly number[];

/** Where a dataset's values lie in the file. */
export type Storage =
  /** One run of bytes. `offset` is the absolute file offset, null when nothing was ever written (all fill value). */
  | { readonly kind: "contiguous"; readonly offset: number | null; readonly bytes: number }
  /** Inside the object header. */
  | { readonly kind: "compact" }
  | { readonly kind: "chunked"; readonly chunks: readonly number[] }
  | { readonly kind: "virtual" }
  /** In other files of the host. */
  | { readonly kind: "external" }
  | { readonly kind: "unknown"; readonly reason: string };

/** Bit fields of a float type, as the datatype message states them. */
export interface FloatFields {
  readonly exponentBits: number;
  readonly exponentBias: number;
  readonly mantissaBits: number;
  /** Whether sign, exponent and mantissa follow each other without gaps, as in IEEE 754. */
  readonly packed: boolean;
}

/** A dataset's element type. */
export interface ElementType {
  readonly class: "int" | "float" | "opaque" | "enum" | "string" | "compound" | "vlen" | "array" | "other";
  /** Bytes of one element. */
  readonly size: number;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  /** Present for floats whose datatype message could be read. */
  readonly float?: FloatFields | undefined;
  /** h5py's booleans: an enumeration of FALSE and TRUE. */
  readonly boolean?: boolean | undefined;
}

/** What is known about a dataset before its values are read. */
export interface DatasetInfo {
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly storage: Storage;
  /** Filter ids in the order in which they were applied, with the file's own names for them. */
  readonly filters: readonly { readonly id: number; readonly name: string }[];
}

/** One object of the file, in depth-first order. */
export interface Hdf5Object {
  /** Absolute path, `/` for the root. */
  readonly path: string;
  readonly kind: "group" | "dataset" | "datatype" | "external-link" | "broken-link" | "unreadable";
  /** Where its header lies, relative to the superblock; null for links that lead nowhere. Grows with age. */
  readonly address: number | null;
  /** Path under which the same object was met first, when this is another name for it. */
  readonly alias?: string | undefined;
  /** Only those that were asked for. */
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly dataset?: DatasetInfo | undefined;
  /** Why the object could not be read, or where a link leads. */
  readonly reason?: string | undefined;
}

/** What the worker can be asked to do. */
export type Job =
  /** Mounts a file of `size` bytes and opens it. */
  | { readonly kind: "open"; readonly size: number }
  /** Lists every object below the root. `attributes` are names, a trailing `*` means any ending. */
  | {
      readonly kind: "walk";
      readonly attributes: readonly string[];
      readonly maxObjects: number;
      readonly maxDepth: number;
    }
  /** Reads a box of a dataset, little-endian and packed. */
  | {
      readonly kind: "read";
      readonly path: string;
      readonly start: readonly number[];
      readonly count: readonly number[];
      readonly bytes: number;
    };

/** How a job came out, or what it needs to go on. Every answer carries the size of the worker's heap. */
export type Answer = { readonly heapBytes: number } & (
  | { readonly kind: "opened" }
  /** `last` is false while the walk goes on. */
  | { readonly kind: "objects"; readonly objects: readonly Hdf5Object[]; readonly last: boolean }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "miss"; readonly offset: number; readonly length: number }
  | {
      readonly kind: "failed";
      readonly code: "malformed" | "truncated" | "limit" | "unsupported";
      readonly message: string;
    }
);

/** The worker's side, as the host calls it. */
export interface Hdf5Worker {
  begin(job: Job): Promise<Answer>;
  /** Goes on with the job that was begun, with more bytes where it missed some. */
  resume(blocks: readonly Block[]): Promise<Answer>;
}
