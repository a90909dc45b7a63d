import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import { assertInside, type Source } from "./source.ts";

/** Bytes of one block of memory: large enough to be few, small enough to waste little. */
const BLOCK = 256 * 1024;

/** Content that comes piece by piece, and its length is not known before the end. */
export interface Blocks {
  /** Bytes so far. */
  readonly size: number;
  /** Copies `bytes` to the end. */
  add(bytes: Uint8Array): void;
  /** All of it, as a source. */
  source(): Source;
  /** Gives the budget back what was taken. */
  release(): void;
}

/**
 * Makes an empty content in blocks of memory, each taken from the budget when it is begun.
 *
 * @throws ReadError (from `add`) `limit`.
 */
export function createBlocks(name: string, budget: Budget, why: string): Blocks {
  const blocks: Uint8Array<ArrayBuffer>[] = [];
  const releases: (() => void)[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const inBlock = size % BLOCK;
        if (inBlock === 0) {
          releases.push(budget.take(BLOCK, why));
          blocks.push(allocate(size));
        }
        const part = bytes.subarray(done, done + BLOCK - inBlock);
        blocks.at(-1)!.set(part, inBlock);
        done += part.length;
        size += part.length;
      }
    },
    source() {
      const source: Source = {
        name,
        size,
        async read(offset, length) {
          assertInside(source, offset, length, "A read");
          const result = new Uint8Array(length);
          for (let done = 0; done < length; ) {
            const inBlock = (offset + done) % BLOCK;
            const block = blocks[Math.floor((offset + done) / BLOCK)]!;
            const part = block.subarray(inBlock, inBlock + length - done);
            result.set(part, done);
            done += part.length;
          }
          return result;
        },
      };
      return source;
    },
    release() {
      for (const release of releases.splice(0)) release();
    },
  };
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(BLOCK);
  } catch (cause) {
    throw new ReadError("limit", `There is no memory for more than ${size} bytes.`, { cause });
  }
}
