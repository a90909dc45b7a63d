import { ReadError } from "../../errors.ts";
import { isSignature, SIGNATURE_BYTES } from "./signature.ts";

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

/** Reads the superblock of a file of `size` bytes. */
export function readSuperblock(read: ReadNow, size: number): Superblock {
  for (let at = 0; at + SIGNATURE_BYTES <= size; at = at === 0 ? 512 : at * 2) {
    const head = read(at, Math.min(16, size - at));
    if (!isSignature(head)) continue;
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
