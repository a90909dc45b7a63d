import { Beyond } from "./beyond.ts";
import { cursorOf } from "./bytes.ts";
import type { ReadNow, Superblock } from "./superblock.ts";

/** Bytes of one collection: as large as its largest string. */
const MAX_COLLECTION_BYTES = 64 * 1024 ** 2;
/** Objects of one collection: their numbers have 16 bits. */
const MAX_OBJECTS = 65_536;

/** Collections whose objects are remembered. */
const MAX_COLLECTIONS = 16;

/** Where an object of a collection lies. */
interface HeapObject {
  readonly at: number;
  readonly length: number;
}

/** The file's global heap: strings of variable length, in collections. */
export interface GlobalHeap {
  /** The first `length` bytes of object `index` in the collection at `address`. */
  bytes(address: number, index: number, length: number): Uint8Array;
}

/** A view of the global heap that looks through a collection once, and not again for each of its strings. */
export function globalHeap(read: ReadNow, superblock: Superblock): GlobalHeap {
  const collections = new Map<number, ReadonlyMap<number, HeapObject>>();
  return {
    bytes(address, index, length) {
      let objects = collections.get(address);
      if (objects === undefined) {
        objects = readCollection(read, superblock, address);
        if (collections.size >= MAX_COLLECTIONS) collections.clear();
        collections.set(address, objects);
      }
      const found = objects.get(index);
      if (found === undefined || found.length < length) throw new Beyond("a string that is not in its heap");
      return read(found.at, length);
    },
  };
}

/** The objects of a collection (HDF5 File Format Specification 3.0, III.E). */
function readCollection(
  read: ReadNow,
  { base, lengthSize }: Superblock,
  address: number,
): ReadonlyMap<number, HeapObject> {
  const start = base + address;
  const prefix = 8 + lengthSize;
  const head = cursorOf(read(start, prefix));
  if (String.fromCharCode(...head.take(4)) !== "GCOL") throw new Beyond("no global heap where one should be");
  if (head.number(1) !== 1) throw new Beyond("a global heap of another version");
  head.skip(3);
  const size = head.number(lengthSize);
  if (size > MAX_COLLECTION_BYTES || size < prefix) throw new Beyond("a global heap of impossible size");
  const objects = new Map<number, HeapObject>();
  for (let at = start + prefix; at + prefix <= start + size; ) {
    const object = cursorOf(read(at, prefix));
    const index = object.number(2);
    object.skip(6);
    const length = object.number(lengthSize);
    // Object 0 is the free space at the end.
    if (index === 0) break;
    const next = at + prefix + Math.ceil(length / 8) * 8;
    if (next > start + size || objects.has(index) || objects.size >= MAX_OBJECTS)
      throw new Beyond("a damaged global heap");
    objects.set(index, { at: at + prefix, length });
    at = next;
  }
  return objects;
}
