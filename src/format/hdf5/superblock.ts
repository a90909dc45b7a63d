import { ReadError } from "../../errors.ts";

/** HDF5's first eight bytes: `\x89HDF\r\n\x1a\n`. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Bytes of the smallest superblock (version 2 or 3 with addresses of 2 bytes). */
const SMALLEST = 24;

/** Reads exactly `length` bytes at `offset`, without waiting; throws when they are not there. */
export type ReadNow = (offset: number, length: number) => Uint8Array;

/** What the superblock says about all other addresses. */
export interface Superblock {
  /** File offset of the superblock, and the base of every address: the size of the user block before it. */
  readonly base: number;
  /** Bytes of an address. */
  readonly offsetSize: number;
  /** Bytes of a length. */
  readonly lengthSize: number;
}

/** Where a superblock may stand: at 0, 512, 1024, 2048 and so on, up to the end of `bytes`; null when at none. */
export function findSignature(bytes: Uint8Array): number | null {
  for (let at = 0; at + SIGNATURE.length <= bytes.length; at = at === 0 ? 512 : at * 2) {
    if (SIGNATURE.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return null;
}

/** Reads the superblock of a file of `size` bytes. */
export function readSuperblock(read: ReadNow, size: number): Superblock {
  for (let at = 0; at + SIGNATURE.length <= size; at = at === 0 ? 512 : at * 2) {
    const head = read(at, Math.min(16, size - at));
    if (!SIGNATURE.every((byte, index) => head[index] === byte)) continue;
    if (at + SMALLEST > size) {
      throw new ReadError(
        "truncated",
        `The HDF5 superblock at byte ${at} should have ${SMALLEST} bytes or more, but the file ends at ${size}.`,
        { offset: at },
      );
    }
    const version = head[8]!;
    const [offsetSize, lengthSize] = version < 2 ? [head[13]!, head[14]!] : [head[9]!, head[10]!];
    if (![2, 4, 8].includes(offsetSize) || ![2, 4, 8].includes(lengthSize)) {
      throw new ReadError(
        "malformed",
        `The HDF5 superblock says that addresses take ${offsetSize} bytes and lengths ${lengthSize}; 2, 4 or 8 are possible.`,
        { offset: at },
      );
    }
    return { base: at, offsetSize, lengthSize };
  }
  throw new ReadError("malformed", "The file has no HDF5 signature.");
}
