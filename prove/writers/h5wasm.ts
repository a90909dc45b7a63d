import type { H5Attribute, H5Dataset, H5Group } from "./hdf5.ts";

/** How a dataset is chunked and filtered. */
export interface Filtering {
  readonly chunks: readonly number[];
  /** `gzip` at level 4, or a checksum on every chunk. */
  readonly filter: "gzip" | "fletcher32" | "none";
}

interface Module {
  readonly HEAPU8: Uint8Array;
  readonly FS: { readFile(path: string): Uint8Array; unlink(path: string): void };
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  create_dataset(file: bigint, path: string, pointer: bigint, metadata: object): number;
}

/** HDF5 filter numbers. */
const FILTERS = { gzip: 1, fletcher32: 3, none: 0 } as const;

/**
 * The same tree as `hdf5` writes, written by libhdf5 itself (old-style groups with symbol tables, chunks and
 * filters). Element types are limited to integers and to floats of 4 and 8 bytes.
 */
export async function hdf5ByLibrary(
  root: H5Group,
  filtering: (path: string, dataset: H5Dataset) => Filtering | null = () => null,
): Promise<Uint8Array<ArrayBuffer>> {
  const library = await import("h5wasm");
  const module = (await library.ready) as unknown as Module;
  const name = "proof.h5";
  const file = new library.File(name, "w");
  try {
    const write = (group: H5Group, at: GroupHolder, path: string): void => {
      for (const [key, value] of Object.entries(group.attributes ?? {})) writeAttribute(at, key, value);
      for (const [key, node] of group.members) {
        const here = `${path}/${key}`;
        if (node.kind === "group") write(node, at.create_group(key), here);
        else if (node.kind === "dataset") {
          writeDataset(module, file.file_id, here, node, filtering(here, node));
          const holder = file.get(here) as unknown as AttributeHolder;
          for (const [name, value] of Object.entries(node.attributes ?? {}))
            writeAttribute(holder, name, value);
        }
      }
    };
    write(root, file, "");
  } finally {
    file.close();
  }
  const bytes = new Uint8Array(module.FS.readFile(name));
  module.FS.unlink(name);
  return bytes;
}

interface AttributeHolder {
  create_attribute(name: string, data: string | string[], shape?: number[] | null, dtype?: string): void;
}

interface GroupHolder extends AttributeHolder {
  create_group(name: string): GroupHolder;
}

function writeAttribute(holder: AttributeHolder, name: string, value: H5Attribute): void {
  if (typeof value === "string") holder.create_attribute(name, value);
  else if (!("type" in value) && value.length > 0) holder.create_attribute(name, [...value]);
}

function writeDataset(
  module: Module,
  file: bigint,
  path: string,
  { type, shape, bytes = new Uint8Array() }: H5Dataset,
  filtering: Filtering | null,
): void {
  const pointer = module._malloc(Math.max(1, bytes.length));
  try {
    module.HEAPU8.set(bytes, pointer);
    const extents = shape.map(BigInt);
    const filter = filtering?.filter ?? "none";
    module.create_dataset(file, path, BigInt(pointer), {
      type: type.body[0]! & 15,
      size: type.size,
      signed: (type.body[1]! & 8) !== 0,
      littleEndian: true,
      vlen: false,
      shape: extents,
      maxshape: extents,
      total_size: bytes.length / type.size,
      chunks: filtering === null ? null : filtering.chunks.map(BigInt),
      compression: FILTERS[filter],
      compression_opts: filter === "gzip" ? [4] : [],
      track_order: false,
    });
  } finally {
    module._free(pointer);
  }
}
