import type { BlockCache } from "./block-cache.ts";
import { Miss } from "./block-cache.ts";
import type { Hdf5Module } from "./library.ts";

/** WASI's errno numbers, as Emscripten uses them. */
const EINVAL = 28;
const EIO = 29;

/**
 * Puts the cached bytes into libhdf5's file system as a file of their own. A read that misses fails with EIO;
 * the cache remembers what was missed.
 */
export function mountCache(module: Hdf5Module, cache: BlockCache, name: string): void {
  const { FS } = module;
  const node = FS.createFile("/", name, {}, true, false);
  // The file system asks for the size through this property; an own getter keeps it from being written.
  Object.defineProperty(node, "usedBytes", { get: () => cache.size });
  node.stream_ops = {
    llseek(stream, offset, whence) {
      const start = whence === 1 ? stream.position : whence === 2 ? cache.size : 0;
      if (!(start + offset >= 0)) throw new FS.ErrnoError(EINVAL);
      return start + offset;
    },
    read(_stream, target, at, length, position) {
      if (!(position >= 0)) throw new FS.ErrnoError(EINVAL);
      if (position >= cache.size) return 0;
      try {
        return cache.read(position, new Uint8Array(target.buffer, target.byteOffset + at, length));
      } catch (error) {
        if (error instanceof Miss) throw new FS.ErrnoError(EIO);
        throw error;
      }
    },
  };
}
