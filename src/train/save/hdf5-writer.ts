/** A dataset to be written; `i8` is a 64-bit integer. */
export interface StoredArray {
  readonly data: Float32Array | BigInt64Array;
  /** Row-major; empty for a scalar. */
  readonly shape: readonly number[];
}

/** A group of an HDF5 file: text attributes, groups and datasets by name, in order. */
export interface StoredGroup {
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
  readonly groups?: ReadonlyMap<string, StoredGroup>;
  readonly arrays?: ReadonlyMap<string, StoredArray>;
}

/** What is used of h5wasm's classes; its own types need the DOM. */
interface Writer {
  create_attribute(name: string, value: string | readonly string[]): void;
  create_group(name: string): Writer;
  create_dataset(args: {
    readonly name: string;
    readonly data: StoredArray["data"];
    readonly shape: readonly number[];
    readonly dtype: string;
  }): unknown;
}

interface Library {
  readonly ready: Promise<{ FS: { readFile(path: string): Uint8Array; unlink(path: string): void } }>;
  readonly File: new (path: string, mode: "w") => Writer & { close(): void };
}

/** The seconds since 1970 that every object of a file says it was made at. */
const MADE_AT = 946_684_800;

/**
 * An HDF5 file with the given root group, as bytes. Runs libhdf5 (h5wasm) on our own values only. The same values
 * give the same bytes.
 */
export async function writeHdf5(root: StoredGroup): Promise<Uint8Array<ArrayBuffer>> {
  const library = (await import("h5wasm")) as unknown as Library;
  const { FS } = await library.ready;
  const path = `/written-${crypto.randomUUID()}.h5`;
  stopped(() => {
    const file = new library.File(path, "w");
    try {
      fill(file, root);
    } finally {
      file.close();
    }
  });
  const bytes = FS.readFile(path).slice() as Uint8Array<ArrayBuffer>;
  FS.unlink(path);
  return bytes;
}

/**
 * Runs `work`, which must not wait, while the clock stands still: libhdf5 stamps every dataset with the time, and
 * h5wasm has no switch for that.
 */
function stopped(work: () => void): void {
  const { now } = Date;
  Date.now = () => MADE_AT * 1000;
  try {
    work();
  } finally {
    Date.now = now;
  }
}

/** Our own groups are a few levels deep. */
function fill(into: Writer, group: StoredGroup): void {
  for (const [name, value] of Object.entries(group.attributes ?? {})) into.create_attribute(name, value);
  for (const [name, { data, shape }] of group.arrays ?? []) {
    into.create_dataset({ name, data, shape, dtype: data instanceof BigInt64Array ? "<q" : "<f" });
  }
  for (const [name, inner] of group.groups ?? []) fill(into.create_group(name), inner);
}
