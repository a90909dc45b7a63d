/**
 * libhdf5 in WebAssembly: the web build of h5wasm, in Node as well, because the Node build opens any file of the
 * host that a model names (external storage, external links). Only what is used is typed here: the package's own
 * types need the DOM.
 */

/** An element type as h5wasm describes it. */
export interface RawType {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  readonly vlen: boolean;
  readonly enum_type?: { readonly type: number; readonly members: Readonly<Record<string, number>> };
}

/** Metadata of a dataset or an attribute as h5wasm describes it. */
export interface RawMetadata extends RawType {
  readonly shape: readonly number[] | null;
  readonly chunks: readonly number[] | null;
  readonly total_size: number;
  readonly virtual_sources?: readonly unknown[];
}

/** A node of Emscripten's file system. */
export interface FsNode {
  usedBytes: number;
  stream_ops: {
    llseek(stream: FsStream, offset: number, whence: number): number;
    read(stream: FsStream, target: Int8Array, at: number, length: number, position: number): number;
  };
}

/** An open file of Emscripten's file system. */
export interface FsStream {
  readonly position: number;
}

/** The functions of h5wasm's module that are called. None of them checks what libhdf5 answers. */
export interface Hdf5Module {
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  readonly FS: {
    readonly ErrnoError: new (errno: number) => Error;
    createFile(folder: string, name: string, properties: object, canRead: boolean, canWrite: boolean): FsNode;
    unlink(path: string): void;
  };
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number): string;
  open(name: string, mode: number, trackOrder: boolean, lowVersion: number, highVersion: number): bigint;
  get_names(file: bigint, path: string, recursive: boolean): readonly string[];
  get_type(file: bigint, path: string): number;
  get_external_link(file: bigint, path: string): { readonly filename?: string; readonly obj_path?: string };
  get_symbolic_link(file: bigint, path: string): string | null;
  create_object_reference(file: bigint, path: string): ArrayLike<number>;
  get_attribute_names(file: bigint, path: string): readonly string[];
  get_attribute_metadata(file: bigint, path: string, name: string): RawMetadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
  reclaim_vlen_memory(file: bigint, path: string, name: string, pointer: bigint): number;
  get_dataset_metadata(file: bigint, path: string): RawMetadata;
  get_dataset_filters(file: bigint, path: string): readonly { readonly id: number; readonly name: string }[];
  get_dataset_data(
    file: bigint,
    path: string,
    count: readonly bigint[] | null,
    offset: readonly bigint[] | null,
    stride: readonly bigint[] | null,
    pointer: bigint,
  ): number;
}

/** Values of `get_type`. */
export const OBJECT_TYPES = { group: 0, dataset: 1, datatype: 2 } as const;

/** libhdf5's type classes by number. */
export const TYPE_CLASSES = {
  int: 0,
  float: 1,
  string: 3,
  opaque: 5,
  compound: 6,
  enum: 8,
  vlen: 9,
  array: 10,
} as const;

/** libhdf5 with the lines it printed about errors. */
export interface Hdf5Library {
  readonly module: Hdf5Module;
  /** Error lines since the last call, oldest first. */
  takeErrors(): readonly string[];
}

/** Error lines that are kept of one operation; a walk over a broken tree prints thousands. */
const MAX_ERROR_LINES = 64;

/**
 * Starts libhdf5. It prints its errors instead of returning them, through what `console.error` was when the
 * module started: that is how they are caught here. Call it in a worker only.
 */
export async function startHdf5(): Promise<Hdf5Library> {
  const lines: string[] = [];
  const original = console.error;
  console.error = (...words: readonly unknown[]) => {
    if (lines.length < MAX_ERROR_LINES) lines.push(words.join(" "));
  };
  try {
    const library = await import("h5wasm");
    const module = (await library.ready) as unknown as Hdf5Module;
    return { module, takeErrors: () => lines.splice(0) };
  } finally {
    console.error = original;
  }
}
