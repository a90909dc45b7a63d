import { type BlockCache, createBlockCache } from "./block-cache.ts";
import { type Hdf5Library, startHdf5 } from "./library.ts";
import { mountCache } from "./mount.ts";
import { attempt } from "./operation.ts";
import { type ReadNow, readSuperblock, type Superblock } from "./superblock.ts";

/** A file that libhdf5 has open in this worker. */
export interface OpenFile {
  readonly library: Hdf5Library;
  readonly cache: BlockCache;
  readonly id: bigint;
  readonly superblock: Superblock;
  /** Reads the file's own bytes, beside libhdf5; throws Miss. */
  readonly read: ReadNow;
}

/** A file that is about to be opened; `open` is repeated until it misses nothing. */
export interface FileOpening {
  readonly cache: BlockCache;
  open(): OpenFile;
}

/**
 * Starts libhdf5 for one file of `size` bytes. Every try to open it mounts a name of its own: HDF5 shares state
 * between opens of one name, and a name that failed once fails for good. The names cannot be guessed, so that no
 * external link inside the file can lead back to it.
 */
export async function openingOf(size: number): Promise<FileOpening> {
  const library = await startHdf5();
  const cache = createBlockCache(size);
  const prefix = `kernelscope-${Math.random().toString(36).slice(2)}`;
  const read: ReadNow = (offset, length) => {
    const bytes = new Uint8Array(length);
    const found = cache.read(offset, bytes);
    if (found < length)
      throw new RangeError(`bytes ${offset} to ${offset + length} pass the end of the file at ${size}`);
    return bytes;
  };
  let tries = 0;
  return {
    cache,
    open() {
      const superblock = attempt(library, cache, () => readSuperblock(read, size));
      const name = `${prefix}-${tries++}.h5`;
      mountCache(library.module, cache, name);
      const id = attempt(library, cache, () => library.module.open(`/${name}`, 0, false, -1, -1));
      if (id < 0n) throw new Error("libhdf5 did not open the file and gave no reason");
      return { library, cache, id, superblock, read };
    },
  };
}
